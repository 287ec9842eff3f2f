select count(*) from ops where code = 0;
