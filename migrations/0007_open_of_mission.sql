-- A desk of one mission reads what is open there, the most urgent first, and not only what waits; and
-- what waits is counted from the same index.
drop index cases_waiting;
create index cases_of_mission on cases (mission, priority, opened_at, id) include (status)
    where status <> 'resolved';
