-- Whence a contact choice came, accounts for the wall, and figures that are published once.

-- On which channel, when and in which other case it was chosen. Null: nothing was chosen, or before
-- this was written down; then the channel and the case of the row tell it.
alter table sealed.contacts
    add column chose_on text check (chose_on in ('web', 'api', 'sms', 'whatsapp', 'phone', 'desk')),
    add column chose_at timestamptz,
    add column chose_in uuid references cases,
    add check ((chose_on is null) = (chose_at is null));

-- The wall only shows: nobody stands behind it.
alter table responders drop constraint responders_role_check;
alter table responders
    add constraint responders_role_check
        check (role in ('operator', 'officer', 'supervisor', 'administrator', 'wall')),
    add constraint responders_wall_has_no_duty check (role <> 'wall' or not on_duty);

-- The figures of a month as they stood a week after its end. Never changed: the difference of two
-- tables would tell of one case.
create table accountability_published (
    mission         text references missions,
    month           date not null,
    opened          integer not null,
    ended           integer not null,
    claimed         integer not null,
    claimed_median  double precision,
    claimed_p90     double precision,
    acted           integer not null,
    acted_median    double precision,
    acted_p90       double precision,
    resolved        integer not null,
    resolved_median double precision,
    resolved_p90    double precision,
    lapses          integer not null,
    published_at    timestamptz not null,
    unique nulls not distinct (mission, month)
);
