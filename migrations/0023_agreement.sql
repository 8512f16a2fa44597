-- A word that was agreed on with a person: she said that she would write by then, and perhaps every so
-- often. Its moment is no clock beside the others: due_at is never later, and own_due_at holds what the
-- status alone would say while the word is waited for sooner.
alter table cases
    -- Since when this word is waited for.
    add column hear_since timestamptz,
    add column hear_by timestamptz,
    add column hear_every_h smallint check (hear_every_h between 1 and 168),
    add column own_due_at timestamptz;
-- No row has any of it yet, so none need be looked at. That due_at is not later is not asked here: nodes
-- of the edition before, which know nothing of it, must be able to write every case.
alter table cases add constraint agreement_is_whole check
    (num_nulls(hear_since, hear_by) in (0, 2) and (hear_every_h is null or hear_by is not null)
     and hear_since < hear_by) not valid;

alter table case_log drop constraint case_log_event_check;
alter table case_log add constraint case_log_event_check check (event in (
    'opened', 'joined', 'read', 'read_exact_place', 'claimed', 'taken_over', 'released', 'started',
    'note', 'message', 'call', 'transferred', 'reprioritised', 'recategorised', 'located',
    'safe_contact', 'resolved', 'reopened', 'seen', 'lapsed', 'escalated', 'copied',
    'delivery', 'opted_out', 'opted_in',
    'went_stale', 'heard_again', 'offered', 'refused', 'withdrawn', 'assigned', 'merged', 'split',
    'linked', 'unlinked', 'task', 'task_done', 'handed_over', 'attached', 'read_attachment',
    'found', 'signs', 'sheet', 'step', 'agreed', 'agreement_ended'))
    -- More is allowed than before, so no line that is there need be looked at.
    not valid;
