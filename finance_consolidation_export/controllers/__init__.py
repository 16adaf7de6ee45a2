from . import finance_group_file, finance_group_link
