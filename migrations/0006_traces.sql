-- By what reports about one person or one event find each other: keyed hashes of numbers, folded
-- names and employers. Who reads the database without the service's secret learns nothing from
-- them; they are sealed all the same. A suggestion for a responder, never a merge.

create table sealed.traces (
    case_id uuid not null references cases,
    key     bytea not null check (octet_length(key) = 16),
    primary key (case_id, key)
);
-- Ids of cases grow with time, so the newest with a key are the last of its entries.
create index traces_key on sealed.traces (key, case_id);
