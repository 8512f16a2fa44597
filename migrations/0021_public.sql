-- Whence a contact choice came, and accounts for the wall.

-- On which channel, when and in which other case it was chosen. Null: nothing was chosen, or before
-- this was written down; then the channel and the case of the row tell it.
alter table sealed.contacts
    add column chose_on text check (chose_on in ('web', 'api', 'sms', 'whatsapp', 'phone', 'desk')),
    add column chose_at timestamptz,
    add column chose_in uuid references cases,
    add check ((chose_on is null) = (chose_at is null));

-- The wall only shows: nobody stands behind it.
alter table responders drop constraint responders_role_check;
alter table responders
    add constraint responders_role_check
        check (role in ('operator', 'officer', 'supervisor', 'administrator', 'wall')),
    add constraint responders_wall_has_no_duty check (role <> 'wall' or not on_duty);
