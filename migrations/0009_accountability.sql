-- How long people waited: public figures per mission and month.
--
-- The times of each case are taken from its log by a step that follows what changed, and summed up
-- by month, so that a page that anybody may open costs a few rows.

create table case_milestones (
    case_id    uuid primary key references cases,
    -- The mission that has it now.
    mission    text not null references missions,
    -- The first day of the month it was opened in, UTC.
    month      date not null,
    -- Whether it counts: no duplicate, and a plea.
    counts     boolean not null,
    ended      boolean not null,
    -- Seconds from opening; null where it has not happened.
    claimed_s  double precision check (claimed_s >= 0),
    acted_s    double precision check (acted_s >= 0),
    resolved_s double precision check (resolved_s >= 0),
    lapses     integer not null check (lapses >= 0)
);
create index case_milestones_month on case_milestones (month, mission);

create table accountability (
    -- Null: all missions together.
    mission        text references missions,
    month          date not null,
    opened         integer not null check (opened > 0),
    ended          integer not null check (ended between 0 and opened),
    claimed        integer not null check (claimed between 0 and opened),
    claimed_median double precision,
    claimed_p90    double precision,
    acted          integer not null check (acted between 0 and opened),
    acted_median   double precision,
    acted_p90      double precision,
    resolved       integer not null check (resolved between 0 and opened),
    resolved_median double precision,
    resolved_p90   double precision,
    lapses         integer not null check (lapses >= 0),
    unique nulls not distinct (mission, month)
);

-- How far the step has counted: one row.
create table accountability_cursor (
    only_one   boolean primary key default true check (only_one),
    changed    bigint not null,
    counted_at timestamptz not null
);
