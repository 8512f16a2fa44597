-- What desks need beside the case: who is there, and whose turn it is.

-- When anything was last heard from a responder's desk.
alter table responders add column heard_at timestamptz;

alter table cases
    -- The claim clock, while due_at is the moment by which a desk must have shown the case.
    add column then_at timestamptz,
    -- The mission it is offered to; until that accepts, it is the sender's.
    add column offered_to text references missions,
    -- Nothing is heard from the desk that holds it.
    add column stale boolean not null default false,
    -- The case it was joined to. Its reports stay where they are, so that it can be undone.
    add column merged_into uuid references cases,
    -- When the next of its tasks is due.
    add column task_due_at timestamptz;

alter table cases drop constraint cases_status_check;
alter table cases add constraint cases_status_check
    check (status in ('waiting', 'claimed', 'in_progress', 'offered', 'resolved'));
alter table cases drop constraint claimed_means_by;
alter table cases add constraint claimed_means_by check (case status
    when 'claimed' then claimed_by is not null
    when 'in_progress' then claimed_by is not null
    when 'offered' then true
    else claimed_by is null end);
alter table cases add constraint seen_before_claimed
    check (then_at is null or (status = 'waiting' and then_at > due_at));
alter table cases add constraint offered_means_to check ((status = 'offered') = (offered_to is not null));
alter table cases add constraint stale_means_claimed check (not stale or claimed_by is not null);
alter table cases add constraint merged_means_duplicate
    check (merged_into is null or (outcome = 'duplicate' and merged_into <> id));

-- Claims that may have become stale, and those that may live again.
create index cases_held on cases (claimed_by) where claimed_by is not null and not stale;
create index cases_stale on cases (claimed_by) where stale;
create index cases_offered on cases (offered_to) where offered_to is not null;
create index cases_merged on cases (merged_into) where merged_into is not null;

alter table case_log drop constraint case_log_event_check;
alter table case_log add constraint case_log_event_check check (event in (
    'opened', 'joined', 'read', 'read_exact_place', 'claimed', 'taken_over', 'released', 'started',
    'note', 'message', 'call', 'transferred', 'reprioritised', 'recategorised', 'located',
    'safe_contact', 'resolved', 'reopened', 'seen', 'lapsed', 'escalated',
    'delivery', 'opted_out', 'opted_in',
    'went_stale', 'heard_again', 'offered', 'refused', 'withdrawn', 'assigned', 'merged', 'split',
    'linked', 'unlinked', 'task', 'task_done', 'handed_over', 'attached', 'read_attachment',
    'found', 'signs'));

-- Cases that have to do with each other; each pair once.
create table case_links (
    one   uuid not null references cases,
    other uuid not null references cases,
    at    timestamptz not null,
    by    uuid not null references responders,
    primary key (one, other),
    check (one < other)
);
create index case_links_other on case_links (other);

-- A report's words stay as they came; which case it belongs to a person can correct.
create function refuse_other_words() returns trigger language plpgsql as $$
begin
    if to_jsonb(new) - 'case_id' is distinct from to_jsonb(old) - 'case_id' then
        raise exception '% only grows: its rows are never changed or removed', tg_table_name;
    end if;
    return new;
end
$$;
drop trigger append_only on sealed.reports;
create trigger append_only before delete on sealed.reports
    for each statement execute function refuse_change();
create trigger same_words before update on sealed.reports
    for each row execute function refuse_other_words();

-- What somebody means to do for a case, and by when.
create table sealed.tasks (
    id      uuid primary key,
    case_id uuid not null references cases,
    title   text not null check (title <> ''),
    due_at  timestamptz not null,
    made_by uuid not null references responders,
    made_at timestamptz not null,
    done_by uuid references responders,
    done_at timestamptz,
    check (num_nulls(done_by, done_at) in (0, 2))
);
create index tasks_case on sealed.tasks (case_id, due_at);

-- The end of a shift: who hands over what, with which words, and who has confirmed it.
create table handovers (
    id           uuid primary key,
    mission      text not null references missions,
    by           uuid not null references responders,
    for_whom     uuid references responders,
    at           timestamptz not null,
    cases        uuid[] not null,
    confirmed_by uuid references responders,
    confirmed_at timestamptz,
    check (num_nulls(confirmed_by, confirmed_at) in (0, 2))
);
create index handovers_open on handovers (mission, at) where confirmed_at is null;
create table sealed.handover_notes (
    handover uuid primary key references handovers,
    text     text not null check (text <> '')
);

-- Photographs, voice notes and papers. What they are was told from their bytes, not from their names.
create table sealed.attachments (
    id      uuid primary key,
    case_id uuid not null references cases,
    kind    text not null check (kind in ('image/png', 'image/jpeg', 'image/webp', 'audio/ogg',
                'audio/mpeg', 'audio/mp4', 'application/pdf')),
    name    text not null check (name <> ''),
    bytes   bytea not null check (octet_length(bytes) between 1 and 5242880),
    at      timestamptz not null,
    by      uuid not null references responders
);
-- They are compressed already.
alter table sealed.attachments alter column bytes set storage external;
create index attachments_case on sealed.attachments (case_id, at);
create trigger append_only before update or delete on sealed.attachments
    for each statement execute function refuse_change();

-- How quickly cases are claimed, of the last day.
create index case_log_claimed on case_log (at) where event = 'claimed';
