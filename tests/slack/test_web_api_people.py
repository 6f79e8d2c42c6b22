"""People and their groups as apps see them."""

from tests.slack.calling import calling, error


async def test_a_user_says_whether_they_are_a_guest_a_stranger_or_a_bot() -> None:
    async with calling() as caller:
        people = {each["name"]: each for each in (await caller.client.users_list())["members"]}

        assert people["dora"]["is_restricted"] is True
        assert people["eve"]["is_stranger"] is True
        assert people["eve"]["team_id"] != people["ana"]["team_id"]
        assert people["ops"]["is_bot"] is True
        assert [people["ana"][flag] for flag in ("is_restricted", "is_stranger", "is_bot")] == [
            False
        ] * 3


async def test_users_come_in_pages() -> None:
    async with calling() as caller:
        first = await caller.client.users_list(limit=4)
        cursor = first["response_metadata"]["next_cursor"]
        second = await caller.client.users_list(limit=4, cursor=cursor)
        names = [each["name"] for page in (first, second) for each in page["members"]]

        assert len(first["members"]) == 4
        assert sorted(names) == ["ana", "ben", "cleo", "dora", "eve", "ops"]
        assert second["response_metadata"]["next_cursor"] == ""


async def test_a_user_has_a_zone_for_times_and_an_address_for_those_with_the_scope() -> None:
    async with calling() as caller:
        ana = caller.person("ana")
        user = (await caller.client.users_info(user=ana))["user"]
        without = (await caller.other_app(without="users:read.email").users_info(user=ana))["user"]

        assert user["tz"] == "Europe/Paris"
        assert user["tz_offset"] in (3600, 7200)
        assert user["profile"]["email"] == "ana@acme.example"
        assert "email" not in without["profile"]
        assert await error(caller.client.users_info(user="U0")) == "user_not_found"


async def test_a_person_is_found_by_their_address() -> None:
    async with calling() as caller:
        found = await caller.client.users_lookupByEmail(email="Ana@acme.example")
        assert found["user"]["id"] == caller.person("ana")

        missing = caller.client.users_lookupByEmail(email="nobody@acme.example")
        assert await error(missing) == "users_not_found"


async def test_user_groups_tell_their_members() -> None:
    async with calling() as caller:
        groups = (await caller.client.usergroups_list(include_users=True))["usergroups"]
        oncall = next(each for each in groups if each["handle"] == "oncall")
        members = await caller.client.usergroups_users_list(usergroup=oncall["id"])

        assert members["users"] == [caller.person("ana"), caller.person("ben")]
        assert oncall["users"] == members["users"]
        unknown = caller.client.usergroups_users_list(usergroup="S0")
        assert await error(unknown) == "no_such_subteam"
