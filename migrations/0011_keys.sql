-- The clocks walk what is due by priority, and ask each priority for its next moment. An index without
-- the priority could be taken for theirs while there are few cases, and would be walked to its end for
-- ever after: a plan that is made while a table is empty sees no difference.
drop index cases_due;

-- What waits for somebody on duty is found by her phone. Not by its state, so that the index of all that
-- is queued cannot be taken for it. The one it replaces (outbox_notices) stays for nodes of the edition
-- before, and goes with the next.
create index outbox_told on outbox (recipient) where next_at is not null and about is not null;
