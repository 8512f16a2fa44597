-- Texts are taken out and settled by the hundred. Each index that a change of state touches costs as much
-- as the change; most of a text's life it has no id of the provider, and needs no place in the index of
-- those.
alter table outbox drop constraint outbox_provider_sid_key;
create unique index outbox_provider_sid on outbox (provider_sid) where provider_sid is not null;
