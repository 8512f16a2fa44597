-- Cases that nobody had taken up, or done anything for, were counted as if it had taken no time. All of
-- them are counted again; until then the figures of before stand.
update accountability_cursor set changed = 0;
