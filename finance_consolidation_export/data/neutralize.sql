-- a copy of the database delivers nothing to the consolidation platform of the original
UPDATE finance_consolidation_target SET active = false;
UPDATE finance_consolidation_delivery SET state = 'cancelled' WHERE state = 'waiting';
