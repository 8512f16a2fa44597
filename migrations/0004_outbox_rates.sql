-- The outbox under rates, and what follows when a text is lost.

-- One row for each way out (a channel and the beginning of a number, such as "sms +1"): a leaky
-- bucket that all nodes share. `full_at` is when all that was sent so far would have left at the
-- configured rate; `paused_until` is set when the provider asks us to slow down.
create table rates (
    way          text primary key,
    full_at      timestamptz not null,
    paused_until timestamptz not null,
    -- How often in a row the provider asked for it.
    strikes      smallint not null default 0 check (strikes >= 0)
);

alter table outbox
    -- Its way out. Empty: written by a node that did not know of ways yet.
    add column way       text not null default '',
    -- Who gets it: 24 bits of a hash of the number, which paces one phone and is too coarse to name
    -- it. Two phones with one mark are paced together, and that is all.
    add column recipient integer not null default 0,
    -- When it was last handed over.
    add column taken_at  timestamptz,
    -- It was lost at this moment, and what follows from that has not been done yet.
    add column lost_at   timestamptz,
    -- What the provider said was wrong.
    add column code      integer;

update outbox o set recipient = hashtext(m.number) & 16777215 from sealed.messages m where m.id = o.message;

create index outbox_queued on outbox (way, priority, next_at) where state = 'queued';
create index outbox_doubt on outbox (next_at) where state in ('sending', 'unknown');
create index outbox_recipient on outbox (recipient, taken_at) where taken_at is not null;
create index outbox_lost on outbox (lost_at) where lost_at is not null;
drop index outbox_next;

-- The message this one was written in place of: the same words again, or on another channel.
alter table sealed.messages add column follows uuid references sealed.messages;
create index messages_number on sealed.messages (number, written_at);

alter table case_log drop constraint case_log_event_check, add constraint case_log_event_check
    check (event in ('opened', 'joined', 'read', 'read_exact_place', 'claimed', 'taken_over',
        'released', 'started', 'note', 'message', 'call', 'transferred', 'reprioritised',
        'recategorised', 'located', 'safe_contact', 'resolved', 'reopened', 'seen', 'lapsed',
        'escalated', 'delivery', 'opted_out', 'opted_in'));
