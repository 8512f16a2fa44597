-- What a million open cases need.

-- Overdue work is taken in order of priority.
create index cases_due_by_priority on cases (priority, due_at) where due_at is not null;

-- Messages of which nothing was heard are asked about by their age.
create index outbox_unheard on outbox (sent_at) where state = 'sent' and provider_sid is not null;

-- The cases that a text to somebody on duty tells of: while it is queued, the next one takes them
-- over and it is not sent.
alter table outbox add column about uuid[] check (cardinality(about) >= 1);
create index outbox_notices on outbox (next_at) where state = 'queued' and about is not null;
