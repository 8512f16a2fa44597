-- What takes long on a service with many cases stands by itself, so that nothing else is held meanwhile.
-- While the index is made, reports are kept in the spool.
set local statement_timeout = 0;

-- Reports that name media, the newest of which the step looks through.
create index reports_media on sealed.reports (received_at) where details ? 'media';

alter table case_log validate constraint case_log_event_check;
