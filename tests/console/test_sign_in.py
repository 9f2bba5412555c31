"""Who gets in, and for how long."""


async def test_without_a_session_a_page_leads_to_the_sign_in_page(desk):
    response = await desk.browser().get("/queue")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/queue")


async def test_the_right_password_leads_to_where_one_wanted_to_go(desk):
    browser = desk.browser()
    response = await browser.post("/sign-in", on="/sign-in?next=/queue", name="rita", password="correct horse battery")
    assert (response.status_code, response.headers["location"]) == (303, "/queue")
    assert (await browser.get("/queue")).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk):
    browser = desk.browser()
    wrong = await browser.sign_in("rita", "wrong")
    unknown = await browser.sign_in("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("rita", "X")[:100] == unknown.text.replace("nobody", "X")[:100]
