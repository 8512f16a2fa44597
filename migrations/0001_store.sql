-- The store: the truth about every report, case and clock.
--
-- What identifies a person (names, numbers, bodies, exact places) stands only in the schema
-- "sealed"; everything else may be shown to a desk. Check constraints make states that cannot be
-- unstorable, so that no program, ours or another, can write them.

create schema sealed;

create table missions (
    code        text primary key check (code ~ '^[A-Z]{2}-[A-Z]{3}$'),
    name        text not null,
    kind        text not null,
    city        text not null,
    country     text not null check (country ~ '^[A-Z]{2}$'),
    lat         double precision not null check (lat between -90 and 90),
    lon         double precision not null check (lon between -180 and 180),
    timezone    text not null,
    takes_cases boolean not null,
    -- Countries (AE) and subdivisions (AE-DU) it answers for; * is everything else.
    jurisdiction text[] not null
);

create table responders (
    id            uuid primary key,
    email         text not null unique check (email = lower(email) and email like '%_@_%'),
    name          text not null check (name <> ''),
    role          text not null check (role in ('operator', 'officer', 'supervisor', 'administrator')),
    post          text not null check (post in ('desk', 'duty_officer', 'head_of_section',
                      'head_of_mission', 'response_centre', 'principal_secretary')),
    mission       text not null references missions,
    -- Null: a duty line that is texted and never signs in.
    password_hash text,
    on_duty       boolean not null default false,
    active        boolean not null default true,
    created_at    timestamptz not null
);
create index responders_on_duty on responders (mission, post) where on_duty and active;

create table sealed.responder_phones (
    responder uuid primary key references responders,
    phone     text not null check (phone ~ '^\+[0-9]{8,15}$')
);

create table sessions (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    responder  uuid not null references responders,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at)
);

create table policies (
    id             integer generated always as identity primary key,
    edition        integer not null check (edition >= 1),
    kind           text check (kind in ('distress', 'medical', 'detention', 'lost_documents',
                       'missing_person', 'death')),
    priority       smallint not null check (priority between 0 and 3),
    claim_s        integer not null check (claim_s > 0),
    first_action_s integer not null check (first_action_s > 0),
    check_in_s     integer not null check (check_in_s > 0),
    ladder         text[] not null check (cardinality(ladder) between 1 and 12),
    unique nulls not distinct (edition, kind, priority)
);

-- The default clocks: claim, first action, check-in (60 s, 5 min, 15 min for a life in danger; to
-- 4 h, 1 day, 3 days for a question).
insert into policies (edition, priority, claim_s, first_action_s, check_in_s, ladder)
select 1, priority, claim_s, first_action_s, check_in_s,
       array['desk', 'duty_officer', 'head_of_section', 'head_of_mission', 'response_centre',
             'principal_secretary']
from (values (0, 60, 300, 900), (1, 300, 1800, 7200), (2, 1800, 14400, 86400),
             (3, 14400, 86400, 259200)) as clocks (priority, claim_s, first_action_s, check_in_s);

create table cases (
    id              uuid primary key,
    reference       text not null unique,
    version         bigint not null check (version >= 1),
    -- The transaction that changed it last: a cursor over changes that no late commit can slip
    -- behind, as a sequence would let it.
    changed         bigint not null default (pg_current_xact_id()::text::bigint),
    mission         text not null references missions,
    policy          integer not null references policies,
    kind            text check (kind in ('distress', 'medical', 'detention', 'lost_documents',
                        'missing_person', 'death')),
    priority        smallint not null check (priority between 0 and 3),
    for_whom        text not null check (for_whom in ('self', 'other')),
    lang            text not null check (lang in ('en', 'sw', 'ar', 'sw-en', 'ar-en', 'arabizi', 'other')),
    channel         text not null check (channel in ('web', 'api', 'sms', 'whatsapp', 'phone')),
    status          text not null check (status in ('waiting', 'claimed', 'in_progress', 'resolved')),
    since           timestamptz not null,
    due_at          timestamptz,
    claimed_by      uuid references responders,
    outcome         text check (outcome in ('helped', 'referred', 'repatriated', 'no_contact',
                        'duplicate', 'not_a_plea', 'deceased_handled', 'other')),
    level           smallint not null check (level between 0 and 12),
    lapses          integer not null check (lapses >= 0),
    opened_at       timestamptz not null,
    country         text check (country ~ '^[A-Z]{2}$'),
    coarse_lat      double precision check (coarse_lat between -90 and 90),
    coarse_lon      double precision check (coarse_lon between -180 and 180),
    coarse_radius_m integer check (coarse_radius_m >= 0),
    place_source    text check (place_source in ('pin', 'named', 'registered', 'prefix', 'responder')),
    signs           text[] not null,
    tray            boolean not null,
    unread          integer not null check (unread >= 0),
    -- Every open case has a next moment; a closed one has none.
    constraint open_means_due check ((status = 'resolved') = (due_at is null)),
    constraint claimed_means_by check ((status in ('claimed', 'in_progress')) = (claimed_by is not null)),
    constraint resolved_means_outcome check ((status = 'resolved') = (outcome is not null)),
    constraint place_is_whole check
        (num_nulls(coarse_lat, coarse_lon, coarse_radius_m, place_source) in (0, 4))
);
create index cases_due on cases (due_at) where due_at is not null;
create index cases_waiting on cases (mission, priority, opened_at) where status = 'waiting';
create index cases_open on cases (priority, opened_at) where status <> 'resolved';
create index cases_changed on cases (changed);

create table case_log (
    id      bigint generated always as identity primary key,
    case_id uuid not null references cases,
    at      timestamptz not null,
    -- Null: the service itself.
    by      uuid references responders,
    event   text not null check (event in ('opened', 'joined', 'read', 'read_exact_place', 'claimed',
                'taken_over', 'released', 'started', 'note', 'message', 'call', 'transferred',
                'reprioritised', 'recategorised', 'located', 'safe_contact', 'resolved', 'reopened',
                'seen', 'lapsed', 'delivery', 'opted_out', 'opted_in')),
    detail  jsonb not null default '{}' check (jsonb_typeof(detail) = 'object')
);
create index case_log_case on case_log (case_id, id);

create table sealed.notes (
    log_id bigint primary key references case_log,
    text   text not null check (text <> '')
);

create table sealed.reports (
    id           uuid primary key,
    case_id      uuid not null references cases,
    channel      text not null check (channel in ('web', 'api', 'sms', 'whatsapp', 'phone')),
    provider_id  text,
    received_at  timestamptz not null,
    -- Of what was sent, to tell a second delivery from another report with the same id.
    digest       bytea not null check (octet_length(digest) = 32),
    text         text not null,
    number       text,
    kind         text,
    for_whom     text,
    lang         text,
    pin_lat      double precision,
    pin_lon      double precision,
    pin_radius_m integer,
    place_text   text,
    subject      jsonb,
    details      jsonb not null,
    understood   jsonb not null
);
-- A provider delivers again what it thinks was not received.
create unique index reports_provider on sealed.reports (channel, provider_id)
    where provider_id is not null;
create index reports_case on sealed.reports (case_id, received_at);

create table sealed.contacts (
    case_id    uuid not null references cases,
    number     text not null,
    dialable   boolean not null,
    channel    text not null check (channel in ('web', 'api', 'sms', 'whatsapp', 'phone')),
    safe       text not null check (safe in ('any', 'reply_only', 'i_will_contact_you', 'never')),
    from_hour  smallint check (from_hour between 0 and 23),
    to_hour    smallint check (to_hour between 0 and 23),
    note       text,
    added_at   timestamptz not null,
    primary key (case_id, number),
    check ((from_hour is null) = (to_hour is null))
);
create index contacts_number on sealed.contacts (number);

-- Numbers that told the carrier or us not to text them.
create table sealed.opt_outs (
    number text primary key,
    at     timestamptz not null
);

create table sealed.places (
    case_id  uuid primary key references cases,
    lat      double precision not null check (lat between -90 and 90),
    lon      double precision not null check (lon between -180 and 180),
    radius_m integer not null check (radius_m >= 0),
    name     text,
    level    text not null check (level in ('point', 'district', 'city', 'region', 'country')),
    source   text not null check (source in ('pin', 'named', 'registered', 'prefix', 'responder')),
    certain  boolean not null
);

create table sealed.messages (
    id         uuid primary key,
    case_id    uuid not null references cases,
    audience   text not null check (audience in ('person', 'staff')),
    channel    text not null check (channel in ('sms', 'whatsapp')),
    number     text not null,
    body       text not null check (body <> ''),
    template   text,
    lang       text not null,
    written_at timestamptz not null,
    by         uuid references responders
);
create index messages_case on sealed.messages (case_id, written_at);

create table outbox (
    message      uuid primary key references sealed.messages,
    case_id      uuid not null references cases,
    priority     smallint not null check (priority between 0 and 3),
    state        text not null check (state in ('queued', 'sending', 'sent', 'delivered', 'failed',
                     'unknown', 'canceled')),
    attempts     smallint not null default 0 check (attempts >= 0),
    -- When it is to be tried (again), or asked about.
    next_at      timestamptz,
    provider_sid text unique,
    -- How far the provider says it is; a later callback never takes it back.
    rank         smallint not null default 0,
    error        text,
    created_at   timestamptz not null,
    sent_at      timestamptz,
    settled_at   timestamptz,
    constraint waiting_means_next check ((state in ('queued', 'sending', 'unknown')) = (next_at is not null))
);
create index outbox_next on outbox (priority, next_at) where next_at is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% only grows: its rows are never changed or removed', tg_table_name;
end
$$;

create trigger append_only before update or delete on case_log
    for each statement execute function refuse_change();
create trigger append_only before update or delete on sealed.notes
    for each statement execute function refuse_change();
create trigger append_only before update or delete on sealed.reports
    for each statement execute function refuse_change();
create trigger append_only before update or delete on policies
    for each statement execute function refuse_change();
