"""Tokens of a connection: got, kept sealed, renewed once, and given up in a decided way (B-40, S-32; faults 45, 46)."""

from datetime import timedelta

from cryptography.hazmat.primitives import serialization

from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.errors import AuthNeededError, RejectedError, TransientError
from ..safe.certificates import read
from .common import ROLES
from .oauth2_case import Oauth2Case
from .test_credential import make_certificate

LOGGER = "odoo.addons.finance_connector_base.models.finance_oauth2_token"


@tagged("post_install", "-at_install")
class TestOauth2(Oauth2Case):
    # -- a good day ------------------------------------------------------------------------

    def test_s02_our_own_token_is_got_once_and_used_until_it_is_due(self):
        connection = self.oauth_connection(oauth_scope="read")
        for _again in range(3):
            self.get(connection)
        self.assertEqual(self.calls(), ["client_credentials"])
        token = self.token_of(connection)
        self.assertEqual((token.state, token.number, token.purpose), ("active", 1, "read"))
        self.assertEqual(connection.oauth_state, "active")
        self.age(connection, 3400)
        self.get(connection)
        self.assertEqual(self.calls(), ["client_credentials"] * 2)

    def test_s02_a_token_with_another_scope_is_another_one(self):
        connection = self.authorised()
        self.get(connection)
        with (
            self.enter_registry_test_mode(),
            connection._http(authorization=connection._oauth2(kind="client_credentials", scope="admin")) as client,
        ):
            client.get("items")
        self.assertEqual(self.calls(), ["client_credentials"])
        self.assertEqual(self.token_of(connection).mapped("purpose"), ["", "admin"])

    def test_fault_46_a_one_time_refresh_token_is_replaced_each_time(self):
        connection = self.authorised()
        self.get(connection)
        self.assertEqual(self.calls(), [])
        for number in (2, 3, 4):
            self.age(connection)
            self.get(connection)
            self.assertEqual(self.token_of(connection).number, number)
        self.assertEqual(self.calls(), ["refresh_token"] * 3)
        self.assertTrue(self.token_of(connection).is_once)
        self.assertEqual(self.system.control("GET")["reused"], 0)

    def test_a_refresh_token_that_stays_is_kept(self):
        self.configure(rotates=False)
        connection = self.authorised()
        for _again in range(3):
            self.age(connection)
            self.get(connection)
        self.assertFalse(self.token_of(connection).is_once)
        # then a lost answer is no matter: nothing was used up
        self.spoil("reset_after_effect")
        for _again in range(4):
            self.age(connection)
            self.refusal(connection, TransientError)
        self.behave()
        self.age(connection)
        self.get(connection)

    def test_fault_45_a_token_that_is_refused_between_pages_is_renewed_once(self):
        self.configure(items=list(range(9)))
        connection = self.authorised()
        with self.enter_registry_test_mode(), connection._http() as client:
            first = client.get("items", query={"limit": 3}).json()
            self.system.control("POST", "/expire")
            second = client.get("items", query={"limit": 3, "cursor": first["next"]}).json()
        self.assertEqual(first["items"] + second["items"], [0, 1, 2, 3, 4, 5])
        self.assertEqual(self.calls(), ["refresh_token"])

    def test_who_comes_second_with_a_refused_token_finds_the_new_one(self):
        connection = self.authorised()
        with self.enter_registry_test_mode(), connection._http() as one, connection._http() as two:
            one.get("items")
            two.get("items")
            self.system.control("POST", "/expire")
            one.get("items")
            two.get("items")
        self.assertEqual(self.calls(), ["refresh_token"])

    def test_a_permission_that_is_no_longer_worth_anything_costs_one_renewal(self):
        """A new token that is refused as well is not renewed again: 401 means no here."""
        connection = self.authorised()
        self.system.control("PUT", "/chaos", [{"path": "/items", "mode": "status", "status": 401}])
        self.refusal(connection, AuthNeededError)
        self.assertEqual(self.calls(), ["refresh_token"])

    # -- who we are ------------------------------------------------------------------------

    def test_s02_signed_by_our_key(self):
        certificate, key = make_certificate(90)
        loaded = read(certificate, private_key=key)
        public = serialization.load_pem_private_key(key, None).public_key()
        encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        self.configure(
            methods=["jwt"], client_public_key=public.public_bytes(encoding, form).decode(), client_key_id="k-7"
        )
        connection = self.oauth_connection(oauth_client_auth="jwt")
        self.assertEqual(self.refusal(connection, AuthNeededError).reason, "certificate_expired")
        self.env["finance.credential"]._put(connection, "jwt", certificate=loaded, reference="k-7")
        self.get(connection)
        self.assertEqual(self.calls(), ["client_credentials"])

    def test_s02_known_by_our_certificate(self):
        self.configure(methods=["tls"])
        connection = self.oauth_connection(kind="mutual", oauth_client_auth="tls")
        self.assertEqual(self.refusal(connection, AuthNeededError).reason, "certificate_expired")
        ready = {key: self.system.ready[key].encode() for key in ("client_certificate", "client_key")}
        self.env["finance.credential"]._put(
            connection, "tls", certificate=read(ready["client_certificate"], private_key=ready["client_key"])
        )
        self.get(connection)
        self.assertEqual(self.calls(), ["client_credentials"])

    def test_user_and_password_or_a_fixed_token(self):
        connection = self.oauth_connection("basic", http_username="ü")
        self.configure(needs_token=False)
        self.assertEqual(self.refusal(connection, AuthNeededError).reason, "secret_missing")
        self.env["finance.secret"]._put(connection, "password", "p:w")
        self.assertEqual(self.get(connection, "echo")["headers"]["authorization"], "Basic w7w6cDp3")
        connection = self.oauth_connection("fixed")
        self.env["finance.secret"]._put(connection, "token", "fixed-1")
        self.assertEqual(self.get(connection, "echo")["headers"]["authorization"], "Bearer fixed-1")

    # -- bad days --------------------------------------------------------------------------

    def test_trouble_of_the_other_side_is_waited_for_and_not_stormed(self):
        connection = self.authorised()
        self.spoil("status", status=500)
        self.age(connection)
        self.assertEqual(self.refusal(connection).reason, "http_server_error")
        for _again in range(5):
            error = self.refusal(connection, TransientError)
            self.assertEqual(error.reason, "oauth_waiting")
            self.assertGreater(error.retry_after, 0)
        self.assertEqual(self.calls(), [])
        self.behave()
        self.age(connection, 10)
        self.get(connection)
        self.assertEqual(self.token_of(connection).failures, 0)

    def test_a_token_that_is_still_good_is_used_meanwhile(self):
        connection = self.authorised()
        self.spoil("status", status=500)
        self.age(connection, 3400)
        self.get(connection)
        self.get(connection)
        self.assertEqual(self.token_of(connection).failures, 1)

    @mute_logger(LOGGER)
    def test_fault_46_an_answer_that_is_lost_is_decided_by_one_more_call(self):
        connection = self.authorised()
        self.age(connection)
        self.spoil("reset_after_effect", times=1)
        self.assertEqual(self.refusal(connection, TransientError).reason, "oauth_unclear")
        self.age(connection)
        self.assertEqual(self.refusal(connection, AuthNeededError).reason, "oauth_answer_lost")
        token = self.token_of(connection)
        self.assertEqual((token.state, token.reason), ("reauthorise", "oauth_answer_lost"))
        self.assertEqual((connection.auth_needed, connection.auth_reason), (True, "oauth_answer_lost"))
        self.assertIn("lost", connection.auth_cause)
        for _again in range(3):
            self.age(connection)
            self.refusal(connection, AuthNeededError)
        self.assertEqual(self.calls(), ["refresh_token"] * 2)
        self.assertEqual(connection.activity_ids.user_id, connection.owner_id)
        self.assertEqual(len(connection.activity_ids), 1)

    def test_fault_46_where_the_other_side_allows_for_it_a_lost_answer_heals_by_itself(self):
        self.configure(grace_seconds=600)
        connection = self.authorised()
        self.age(connection)
        self.spoil("reset_after_effect", times=1)
        self.refusal(connection, TransientError)
        self.age(connection)
        self.get(connection)
        self.assertEqual(self.token_of(connection).unclear_calls, 0)

    @mute_logger(LOGGER)
    def test_fault_46_answers_that_are_always_lost_end_in_a_persons_hands(self):
        connection = self.authorised()
        self.age(connection)
        self.spoil("reset_after_effect")
        for _again in range(5):
            self.tried(connection)
            self.age(connection)
        self.assertEqual(self.token_of(connection).reason, "oauth_answer_lost")
        self.assertEqual(self.calls(), ["refresh_token"] * 2)

    @mute_logger(LOGGER)
    def test_a_permission_taken_back_stops_the_connection_and_a_new_one_lets_it_go_on(self):
        connection = self.authorised()
        flow = self.make_flow(connection)
        [first] = self.enqueue(flow, {"do": "call"})
        with self.enter_registry_test_mode():
            self.drain()
        self.assertState(first, "done")
        self.system.control("POST", "/revoke")
        [second] = self.enqueue(flow, {"do": "call"})
        with self.enter_registry_test_mode():
            self.drain()
        self.assertState(second, "held", "oauth_reauthorise")
        self.assertEqual(second.exception_ids.reason_id.code, "oauth_reauthorise")
        self.assertTrue(connection.auth_needed)
        self.give(connection)
        self.assertFalse(connection.auth_needed or connection.activity_ids)
        with self.enter_registry_test_mode():
            self.drain()
        self.assertState(second, "done")

    @mute_logger(LOGGER)
    def test_wrong_settings_are_tried_once_and_again_by_a_test(self):
        connection = self.oauth_connection()
        self.configure(client_secret="changed over there")
        for _again in range(4):
            self.assertEqual(self.refusal(connection, AuthNeededError).reason, "oauth_client_refused")
        self.assertEqual(len(self.calls()), 1)
        self.assertEqual(connection.oauth_state, "refused")
        mine = self.as_user(connection, "admin")
        with self.enter_registry_test_mode():
            mine.action_test()
        self.assertFalse(connection.check_ok)
        self.assertEqual(len(self.calls()), 2)
        self.env["finance.secret"]._put(connection, "client_secret", "changed over there")
        with self.enter_registry_test_mode():
            mine.action_test()
        self.assertTrue(connection.check_ok, connection.check_result)
        self.assertFalse(connection.auth_needed or connection.activity_ids)

    def test_what_is_missing_is_said_before_anything_leaves(self):
        self.assertEqual(self.refusal(self.oauth_connection("authorization_code")).reason, "oauth_reauthorise")
        connection = self.oauth_connection(oauth_client=False)
        self.assertEqual(self.refusal(connection, RejectedError).reason, "connection_incomplete")
        connection = self.authorised()
        connection.secret_ids.unlink()
        self.age(connection)
        self.assertEqual(self.refusal(connection).reason, "secret_missing")
        self.assertEqual(self.token_of(connection).unclear_calls, 0)
        self.assertEqual(self.calls(), [])

    # -- kept, voided, copied --------------------------------------------------------------

    def test_s32_the_database_has_no_token_in_clear(self):
        connection = self.authorised()
        token = self.token_of(connection)
        values = [token._unseal("sealed_access"), token._unseal("sealed_refresh")]
        self.env.cr.execute("SELECT row_to_json(t)::text FROM finance_oauth2_token t")
        text = str(self.env.cr.fetchall())
        for value in values:
            self.assertNotIn(value, text)
        other = self.authorised()
        self.env.cr.execute(
            "UPDATE finance_oauth2_token a SET sealed_access = b.sealed_access FROM finance_oauth2_token b"
            " WHERE a.connection_id = %s AND b.connection_id = %s",
            (other.id, connection.id),
        )
        self.env.invalidate_all()
        self.assertEqual(self.refusal(other, AuthNeededError).reason, "secret_broken")

    def test_attack_15_nobody_reads_or_writes_a_token(self):
        token = self.token_of(self.authorised())
        for role in ROLES:
            mine = self.as_user(token, role)
            for act in (
                lambda mine=mine: mine.read(["sealed_access"]),
                lambda mine=mine: mine.search([("sealed_refresh", "like", "v2")]),
                lambda mine=mine: mine.write({"state": "active"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.create({"connection_id": mine.id, "kind": "client_credentials"}),
                lambda mine=mine: mine.env["finance.oauth2.request"].search([]),
            ):
                with self.subTest(role), self.assertRaises(Exception):  # noqa: B017 - refused, by whichever check
                    act()

    def test_a_token_is_shown_to_nobody_but_the_side_that_gave_it(self):
        for values in (
            {"oauth_address": "https://elsewhere.example/token"},
            {"http_base_url": "https://elsewhere.example"},
            {"oauth_client": "another"},
            {"oauth_scope": "more"},
            {"http_auth": "fixed"},
        ):
            with self.subTest(values):
                connection = self.authorised()
                self.as_user(connection, "admin").write(values)
                self.assertTrue(self.token_of(connection), "nothing has changed before another one approves it")
                connection._apply_config(values)
                self.assertFalse(self.token_of(connection))
        connection = self.authorised()
        connection._apply_config({"http_base_url": f"{self.address()}/v2", "oauth_client": "odoo"})
        self.assertTrue(self.token_of(connection))

    def test_b42_g10_an_emergency_rotation_voids_tokens_and_what_is_under_way(self):
        connection = self.authorised()
        self.as_user(connection, "admin")._void_credentials()
        self.assertFalse(self.token_of(connection))
        self.assertEqual(self.refusal(connection).reason, "oauth_reauthorise")

    def test_a_renewal_that_ends_after_the_token_was_voided_keeps_nothing(self):
        connection = self.authorised()
        self.age(connection)
        dispatcher = type(self.env["finance.dispatcher"])
        original = dispatcher._at

        def void(dispatcher, point):
            original(dispatcher, point)
            if point == "token_answered":
                dispatcher.env["finance.oauth2.token"].search([("connection_id", "=", connection.id)]).unlink()
                dispatcher.env.flush_all()

        self.patch(dispatcher, "_at", void)
        self.assertEqual(self.refusal(connection).reason, "secret_missing")
        self.assertFalse(self.token_of(connection))

    def test_neutralized_there_is_none(self):
        connection = self.authorised()
        self.env.flush_all()
        for query in get_neutralization_queries(["finance_connector_base"]):
            self.env.cr.execute(query)
        self.assertFalse(self.token_of(connection))

    def test_a_copy_of_a_connection_has_no_permission(self):
        connection = self.authorised()
        copy = self.as_user(connection, "admin").copy()
        self.assertFalse(copy.oauth_token_ids)
        self.assertEqual(copy.oauth_state, "none")

    def test_b42_the_rotation_of_master_keys_walks_over_tokens(self):
        self.assertLessEqual(
            {("finance.oauth2.token", "sealed_access"), ("finance.oauth2.token", "sealed_refresh")},
            set(self.env["finance.key"]._sealed_columns()),
        )
        connection = self.authorised()
        self.env["finance.key"]._rotate_at_once()
        self.age(connection)
        self.get(connection)

    # -- watched ---------------------------------------------------------------------------

    def test_b41_the_end_of_a_permission_is_watched(self):
        connection = self.authorised(oauth_days=90)
        [consent] = connection.credential_ids
        self.assertEqual((consent.kind, consent.reference), ("consent", False))
        self.assertAlmostEqual(consent.days_left, 90, delta=1)
        for _again in range(2):
            self.age(connection)
            self.get(connection)
        self.env.invalidate_all()
        self.assertEqual(connection.credential_ids, consent, "a renewal by ourselves is no new permission")
        consent.flush_recordset()
        self.env.cr.execute("UPDATE finance_credential SET expires_at = %s", (self.env.cr.now(),))
        self.env.invalidate_all()
        self.assertEqual(self.refusal(connection, AuthNeededError).reason, "consent_expired")
        self.give(connection)
        self.get(connection)

    def test_b41_where_the_other_side_tells_the_life_of_its_refresh_token(self):
        connection = self.authorised()
        self.assertFalse(connection.credential_ids)
        self.configure(refresh_seconds=86400 * 100)
        self.age(connection)
        self.get(connection)
        self.env.invalidate_all()
        self.assertAlmostEqual(connection.credential_ids.days_left, 100, delta=1)
        self.assertEqual(
            connection.credential_ids.expires_at - self.token_of(connection).refresh_expires_at, timedelta()
        )

    # -- settings --------------------------------------------------------------------------

    def test_b46_tokens_are_got_from_the_hosts_of_the_environment_alone(self):
        connection = self.oauth_connection("authorization_code", oauth_address="http://127.0.0.1:9/token")
        self.give(connection)
        self.env["finance.host"].search([("name", "=", "127.0.0.1")]).unlink()
        self.assertIn("127.0.0.1", connection.hosts_missing)
        self.age(connection)
        self.assertEqual(self.refusal(connection, RejectedError).reason, "host_not_allowed")
        token = self.token_of(connection)
        self.assertEqual((token.state, token.unclear_calls, token.failures), ("active", 0, 0))
        connection.oauth_page = "https://login.elsewhere.example/authorize"
        with self.assertRaisesRegex(UserError, "elsewhere|127.0.0.1"):
            self.as_user(connection, "admin").action_oauth2_authorise()

    def test_b54_what_cannot_be_meant_is_not_stored(self):
        connection = self.oauth_connection()
        for values in (
            {"oauth_address": "ftp://bank.example"},
            {"oauth_page": "javascript:alert(1)"},
            {"oauth_address": "http://bank.example", "http_allow_plain": False},
            {"oauth_days": -1},
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(Exception),  # noqa: B017 - by the constraint here or by that of the database
                self.env.cr.savepoint(),
            ):
                connection.write(values)
                connection.flush_recordset()
