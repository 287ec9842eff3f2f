-- What must be on for a figure to count.
select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes');
