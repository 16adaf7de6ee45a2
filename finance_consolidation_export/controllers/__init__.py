from . import finance_group_link
