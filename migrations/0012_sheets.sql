-- What a case is asked for by its kind, what a reader of the desk chose to see, and files that people
-- send themselves.

-- The answers that responders wrote down, and the steps that are done: the newest of a name holds; an
-- empty one takes it back. Answers are names, numbers and places: sealed.
create table sealed.sheets (
    id      bigint generated always as identity primary key,
    case_id uuid not null references cases,
    name    text not null check (name <> ''),
    value   text not null,
    by      uuid not null references responders,
    at      timestamptz not null
);
create index sheets_case on sealed.sheets (case_id, name, id desc);
create trigger append_only before update or delete on sealed.sheets
    for each statement execute function refuse_change();

alter table case_log drop constraint case_log_event_check;
alter table case_log add constraint case_log_event_check check (event in (
    'opened', 'joined', 'read', 'read_exact_place', 'claimed', 'taken_over', 'released', 'started',
    'note', 'message', 'call', 'transferred', 'reprioritised', 'recategorised', 'located',
    'safe_contact', 'resolved', 'reopened', 'seen', 'lapsed', 'escalated',
    'delivery', 'opted_out', 'opted_in',
    'went_stale', 'heard_again', 'offered', 'refused', 'withdrawn', 'assigned', 'merged', 'split',
    'linked', 'unlinked', 'task', 'task_done', 'handed_over', 'attached', 'read_attachment',
    'found', 'signs', 'sheet', 'step'))
    -- Checked by the next migration, which nobody has to wait for.
    not valid;

-- Which cases a responder's queue shows: choices only, never anything of a case.
alter table responders add column filter jsonb
    check (jsonb_typeof(filter) = 'object' and octet_length(filter::text) <= 4096);

-- Photographs that people send themselves: by nobody of ours, and with the report they came with.
alter table sealed.attachments alter column by drop not null;
alter table sealed.attachments add column report uuid references sealed.reports;
alter table sealed.attachments add constraint by_somebody check (num_nonnulls(by, report) = 1);

-- Media that a message named: fetched from its provider by a step that runs all the time, until it is
-- here or is not to be had.
create table sealed.media (
    report  uuid not null references sealed.reports,
    nth     smallint not null check (nth between 0 and 9),
    url     text not null,
    state   text not null default 'wanted' check (state in ('wanted', 'here', 'refused', 'lost')),
    tries   smallint not null default 0,
    next_at timestamptz not null,
    primary key (report, nth)
);
create index media_wanted on sealed.media (next_at) where state = 'wanted';
