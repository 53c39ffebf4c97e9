from mdm_gateway.testing import Office


async def test_walk(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    print(wipe)
    ans = await office.decide(wipe["id"], "approval")
    assert ans.status_code == 200, ans.text
    got = await office.fetch(tablet)
    print(got)
    print((await office.reply(tablet, wipe["id"], "succeeded")).text)
    print(await office.facts())
    print((await office.operator.get(f"/api/mdm/v1/commands/{wipe['id']}/why")).text)
    print(await office.seats())
