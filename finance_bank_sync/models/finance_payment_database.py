"""What the database itself refuses, whoever asks: the superuser of Odoo, a script, a module with a mistake.

A row about a decision or a fact is evidence, added and never changed (``finance.append.only``). An order leaves the
hands of people only with an approval and a release by different persons that are bound to what it says. The checks in
Python tell people why; these hold where nobody asked Python. (The owner of the tables can drop a trigger; it is a lock,
no proof.)
"""

from odoo import models

_DECISION = """
CREATE OR REPLACE FUNCTION finance_payment_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.partner_id IS DISTINCT FROM (SELECT partner_id FROM res_users WHERE id = NEW.user_id) THEN
        RAISE EXCEPTION 'The person of a decision is that of its user.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decision NOT IN ('approve', 'release') THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM finance_payment_order o
        WHERE o.id = NEW.order_id AND o.round = NEW.round AND o.digest = NEW.digest
            AND o.state = CASE NEW.decision WHEN 'approve' THEN 'proposed' ELSE 'approved' END
    ) THEN
        RAISE EXCEPTION 'A decision is about the order as it is proposed.' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM finance_payment_order_editor_rel made JOIN res_users maker ON maker.id = made.user_id
        WHERE made.order_id = NEW.order_id AND maker.partner_id = NEW.partner_id
    ) THEN
        RAISE EXCEPTION 'Nobody makes, approves and releases the same payments.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finance_payment_decision BEFORE INSERT ON finance_payment_approval
    FOR EACH ROW EXECUTE FUNCTION finance_payment_decision();
"""

_ORDER = """
CREATE OR REPLACE FUNCTION finance_payment_order_state() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    early text[] := ARRAY['draft', 'proposed', 'approved', 'cancelled'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'A payment order begins as a draft.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT OLD.state = ANY (early) AND NEW.state <> 'draft' AND (
        OLD.digest IS DISTINCT FROM NEW.digest OR OLD.payload_id IS DISTINCT FROM NEW.payload_id
        OR OLD.file_sha256 IS DISTINCT FROM NEW.file_sha256 OR OLD.round <> NEW.round
    ) THEN
        RAISE EXCEPTION 'What was released stays as it is.' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = ANY (early) AND NOT NEW.state = ANY (early) AND NOT EXISTS (
        SELECT FROM finance_payment_approval let JOIN finance_payment_approval seen
            ON seen.order_id = let.order_id AND seen.round = let.round AND seen.digest = let.digest
            AND seen.decision = 'approve' AND seen.partner_id <> let.partner_id
        WHERE let.order_id = NEW.id AND let.round = NEW.round AND let.digest = NEW.digest AND let.decision = 'release'
    ) THEN
        RAISE EXCEPTION 'Payments leave only after somebody approved and somebody else released them.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finance_payment_order_state
    BEFORE INSERT OR UPDATE OF state, digest, payload_id, file_sha256, round ON finance_payment_order
    FOR EACH ROW EXECUTE FUNCTION finance_payment_order_state();
"""

_LINE = """
CREATE OR REPLACE FUNCTION finance_payment_line_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.end_to_end_id IS NOT NULL AND OLD.end_to_end_id IS DISTINCT FROM NEW.end_to_end_id)
        OR (OLD.uetr IS NOT NULL AND OLD.uetr IS DISTINCT FROM NEW.uetr)
    THEN
        RAISE EXCEPTION 'The ids of a payment are given once.' USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.amount <> NEW.amount OR OLD.partner_id <> NEW.partner_id OR OLD.order_id <> NEW.order_id
            OR OLD.partner_bank_id IS DISTINCT FROM NEW.partner_bank_id)
        AND EXISTS (
            SELECT FROM finance_payment_order o
            WHERE o.id = OLD.order_id AND o.state NOT IN ('draft', 'proposed', 'approved')
        )
    THEN
        RAISE EXCEPTION 'What was released stays as it is.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finance_payment_line_fixed
    BEFORE UPDATE OF end_to_end_id, uetr, amount, partner_id, partner_bank_id, order_id ON finance_payment_line
    FOR EACH ROW EXECUTE FUNCTION finance_payment_line_fixed();
"""

_WORD = """
CREATE OR REPLACE FUNCTION finance_payment_word_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.partner_id IS DISTINCT FROM (SELECT partner_id FROM res_users WHERE id = NEW.user_id) THEN
        RAISE EXCEPTION 'The person of a word is that of its user.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finance_payment_word_person BEFORE INSERT ON finance_payment_word
    FOR EACH ROW EXECUTE FUNCTION finance_payment_word_person();
"""

# single payments by words about them, all of an order that nobody knew about by decisions about it
_FACT = """
CREATE OR REPLACE FUNCTION finance_payment_fact_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (
        SELECT count(DISTINCT partner_id) FROM finance_payment_word
        WHERE line_id = NEW.line_id AND decision = NEW.code AND number = split_part(NEW.key, ' ', 1)::int
    ) < 2 AND (
        SELECT count(DISTINCT a.partner_id) FROM finance_payment_approval a
        JOIN finance_payment_line l ON l.order_id = a.order_id
        WHERE l.id = NEW.line_id AND a.decision = NEW.code
    ) < 2 THEN
        RAISE EXCEPTION 'What became of a payment is said by two people.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER finance_payment_fact_decided BEFORE INSERT ON finance_payment_fact
    FOR EACH ROW WHEN (NEW.kind = 'decided') EXECUTE FUNCTION finance_payment_fact_decided();
"""


class FinancePaymentApproval(models.Model):
    _inherit = "finance.payment.approval"

    def init(self):
        self.env.cr.execute(_DECISION)
        return super().init()


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def init(self):
        self.env.cr.execute(_ORDER)
        return super().init()


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def init(self):
        self.env.cr.execute(_LINE)
        return super().init()


class FinancePaymentWord(models.Model):
    _inherit = "finance.payment.word"

    def init(self):
        self.env.cr.execute(_WORD)
        return super().init()


class FinancePaymentFact(models.Model):
    _inherit = "finance.payment.fact"

    def init(self):
        self.env.cr.execute(_FACT)
        return super().init()
