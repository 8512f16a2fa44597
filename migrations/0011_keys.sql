-- The clocks walk what is due by priority, and ask each priority for its next moment: one index is
-- enough, and every case is written into one less.
drop index cases_due;

-- What waits for somebody on duty is found by her phone. Not by its state, so that the index of all that
-- is queued cannot be taken for it: a plan that is made while the table is empty sees no difference, and
-- would walk through everything that is queued later on.
drop index outbox_notices;
create index outbox_notices on outbox (recipient) where next_at is not null and about is not null;
