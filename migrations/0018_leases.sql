-- Texts are handed over under leases. One row stands for all that one look took; at each text it is only
-- noted, in a column that no index knows, so that the row is written anew in its own page and no index
-- with it. The state and the moment of a text change when it is settled: one change instead of two. Pages
-- are filled by half, so that there is room.
--
-- A text that is queued and names a lease is in somebody's hands. A lease that has run out leaves its texts
-- in doubt. Who settles a text says by which lease he holds it: if that is no longer so, it is not his.
--
-- While this runs, reports are kept in the spool.
set local lock_timeout = '30s';
create table leases (
    id         uuid primary key,
    taken_at   timestamptz not null,
    until      timestamptz not null,
    -- What was taken, in order, and to whom each goes (as in outbox.recipient).
    messages   uuid[] not null,
    recipients integer[] not null
);
alter table leases alter column messages set storage external, alter column recipients set storage external;

alter table outbox add column lease uuid;
alter table outbox set (fillfactor = 45);
comment on column outbox.lease is 'in whose hands it is, or was when it came into doubt';

-- A node of the edition before knows nothing of leases, and would send what another has in hand. It does
-- not find the rates any more: it hands nothing over (its auditor finds fault with that), and goes on with
-- everything else until it is replaced.
alter table rates rename to ways;

-- Kept for nodes of the edition before 0011; outbox_told is what is used.
drop index outbox_notices;
