-- A text to somebody on duty knows the worst of the cases it tells of, and how many more there are: in a
-- flood the list would grow with every text that takes another one over.
alter table outbox add column beyond integer not null default 0 check (beyond >= 0);

-- What is queued for somebody on duty is found by her phone, however many texts she got before.
drop index outbox_notices;
create index outbox_notices on outbox (recipient) where state = 'queued' and about is not null;
