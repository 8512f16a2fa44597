-- Texts are taken out and settled by the hundred. Each index that a change of state touches costs as much
-- as the change; most of a text's life it has no id of the provider, and needs no place in the index of
-- those.
-- While the index is made, reports are kept in the spool.
set local statement_timeout = 0;
create unique index outbox_provider_sid on outbox (provider_sid) where provider_sid is not null;
alter table outbox drop constraint outbox_provider_sid_key;
