"""Reports: charts that the page's policy lets through, with the same numbers as a table and as CSV."""

import csv
import io

import pytest
from lxml import html

from gateway.console.charts import bars, columns
from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM, fill


@pytest.fixture
async def reader(desk):
    browser = desk.browser()
    await browser.sign_in("aude")
    return browser


async def test_charts_have_a_title_a_description_and_their_table_beside_them(desk, reader):
    ids = await fill(desk)
    desk.clock.go(minutes=10)
    await desk.store.quarantine.reject(ids["name"], "rita")
    page = html.fromstring((await reader.get("/reports")).content)
    charts = page.xpath("//svg[@class='chart']")
    assert len(charts) == 3
    for chart in charts:
        named = chart.get("aria-labelledby").split()
        assert [each.tag for name in named for each in chart.xpath(f"*[@id='{name}']")] == ["title", "desc"]
        assert not chart.xpath(".//@style | .//@fill | .//style | .//script")
    assert len(page.xpath("//table[@class='bars']")) == 3
    rows = {
        row.xpath("string(th/bdi)"): [cell.text for cell in row.xpath("td")]
        for row in page.xpath("//tbody/tr")
    }
    assert rows["Tom Reed"] == ["1", "1", "0 %", "6 h"]
    assert rows["Amira Haddad"] == ["2", "0", "–", "–"]


async def test_the_numbers_are_there_as_csv(desk, reader):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    desk.clock.go(minutes=10)
    await desk.store.quarantine.release(item, "rita")
    desk.clock.go(minutes=1)
    answer = await reader.get("/reports/tutors.csv")
    heading, line = csv.reader(io.StringIO(answer.text))
    assert dict(zip(heading, line, strict=True)) == {
        "name": "Tom Reed",
        "stopped": "1",
        "decided": "1",
        "released unchanged": "1",
        "usual wait in minutes": "10",
    }


async def test_without_anything_stopped_there_is_no_chart(reader):
    page = (await reader.get("/reports")).text
    assert page.count("Nothing was stopped in this time.") == 3
    assert 'class="chart"' not in page


@pytest.mark.parametrize("weeks", [4, 13, 52])
async def test_a_year_has_room_in_a_chart(desk, weeks):
    await fill(desk)
    desk.clock.go(weeks=1)
    reader = desk.browser()
    await reader.sign_in("aude")
    page = html.fromstring((await reader.get(f"/reports?weeks={weeks}")).content)
    labels = page.xpath("(//svg[@class='chart'])[1]//g[@class='axis bottom']//text")
    assert 1 < len(labels) <= 6
    assert len(page.xpath("(//svg[@class='chart'])[1]//g[contains(@class, 'columns')][1]/rect")) == weeks + 1


@pytest.mark.parametrize("draw", [bars, columns])
@pytest.mark.parametrize("most", [1, 4, 5, 6, 11, 999, 50_000])
def test_a_chart_counts_in_whole_messages_and_shows_names_as_text(draw, most):
    name = "<script>alert(1)</script> & “Ana”"
    drawn = draw("x", "By <b>", [name, "Bo"], [most, 0], [1, 0])
    assert "<script" not in drawn
    assert "<b>" not in drawn
    shown = html.fromstring(drawn)
    axis = "left" if draw is columns else "bottom"
    ticks = [each.text for each in shown.xpath(f"//g[@class='axis {axis}']//text")]
    assert 2 <= len(ticks) <= 6
    assert all(each.replace(",", "").isdigit() for each in ticks), ticks
    assert max(int(each.replace(",", "")) for each in ticks) >= most
    (first, *_) = shown.xpath("//rect[@class='all']/title[contains(., 'alert')]")
    assert first.text == f"{name}: {most} stopped"


def test_nothing_is_drawn_of_nothing():
    assert columns("x", "x", [], [], []) == ""
    assert bars("x", "x", ["a"], [0], [0]) == ""
