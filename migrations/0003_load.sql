-- What a million open cases need. An index is only added, or gives way to a wider one that serves
-- what it served, so that nodes of the version before go on as they are.

-- Overdue work is taken in order of priority.
create index cases_due_by_priority on cases (priority, due_at) where due_at is not null;

-- What is open at one mission, in the order of its desk and of its queue; and from the index alone,
-- what of it waits: to fill an empty queue, and to count it.
create index cases_open_at on cases (mission, priority, opened_at, id) include (status)
    where status <> 'resolved';
drop index cases_waiting;

-- Messages of which nothing was heard are asked about by their age.
create index outbox_unheard on outbox (sent_at) where state = 'sent' and provider_sid is not null;

-- The cases that a text to somebody on duty tells of: while it is queued, the next one takes them
-- over and it is not sent.
alter table outbox add column about uuid[] check (cardinality(about) >= 1);
create index outbox_notices on outbox (next_at) where state = 'queued' and about is not null;
