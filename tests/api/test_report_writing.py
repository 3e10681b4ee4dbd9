"""Reports as they are written: pictures, numbers, and text that is anybody's, without a service."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from api.reports.content.report import report
from api.reports.drawing.buckets import Bucket, Span, bucketed, spans
from api.reports.drawing.charts import Chart, Line
from api.reports.drawing.heat_maps import HeatMap, cells_of
from api.reports.drawing.scales import Scale, scale_of
from api.reports.drawing.sparklines import sparkline
from api.reports.known import Known
from api.reports.writing import html, markdown
from api.reports.writing.blocks import Said
from api.reports.writing.numbers import NOTHING, duration, number
from api.reports.writing.text import fenced, markdown_inline, printable
from api.reports.writing.text import in_html as in_html_text
from spec.language.numbers import encode_json, encode_metrics
from spec.signals import SIGNALS
from spec.states import JobStatus
from tests.api.known_jobs import EVALUATION, RESULTS, course, finding, known, row, signals

MOST_BYTES = 2**21
HOSTILE = (
    "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&`</code>"
    "![x](javascript:alert(3))|\n# x\x00\u202e"
)
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
NAMES = "{http://www.w3.org/2000/svg}"
VOID = {"meta"}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "figure", "figcaption", "div"),
    *("h1", "h2", "h3", "p", "span", "code", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "g", "path", "rect", "circle", "text"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "class", "scope", "role", "xmlns", "viewbox", "d"),
    *("x", "y", "cx", "cy", "r", "width", "height", "stroke-width"),
}


class Outline(HTMLParser):
    """What a browser makes of a file: its elements, and that they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def in_html(of: Known) -> str:
    return html.written(report(of))


def in_markdown(of: Known) -> str:
    return markdown.written(report(of))


def pictures(text: str) -> Iterator[ET.Element]:
    """Each SVG, which must be XML."""
    return (ET.fromstring(one) for one in SVG.findall(text))  # noqa: S314 -- our own


def hostile() -> Known:
    """All that a client chooses is meant to do harm."""
    spec = {
        "training": {"loss": HOSTILE, "optimizer": {"type": HOSTILE, HOSTILE: HOSTILE}},
        "metadata": {HOSTILE: HOSTILE},
    }
    evaluation = {**EVALUATION, "classes": [HOSTILE, "dog"]}
    layer = {"name": HOSTILE, "type": "Dense", "output_shape": [None, 2], "parameters": 1}
    results = {
        **RESULTS,
        "final_metrics": {HOSTILE: 1.0},
        "stop_reason": HOSTILE,
        "evaluation": {"validation": evaluation, "test": None},
        "model_summary": {"layers": [layer], "total_parameters": 1},
        "environment": {HOSTILE: HOSTILE},
        "data": {"warnings": [HOSTILE]},
    }
    repair = {
        "status": "done",
        "metric": HOSTILE,
        "tried": [{"job": HOSTILE, "title": HOSTILE, "epochs": 3, "patch": [HOSTILE], "score": 1}],
        "confirmed": [{"seed": 7, "original": {"job": HOSTILE, "score": None}, "repaired": {"job": None, "score": 1}}],
        "chosen": HOSTILE,
        "gain": 0.5,
        "interval": [0, 1],
        "is_better": True,
    }
    patch = [{"op": "replace", "path": HOSTILE, "value": HOSTILE}]
    remedy = {"title": HOSTILE, "reason": HOSTILE, "technique": HOSTILE, "patch": patch}
    texts = dict.fromkeys(("layer", "title", "explanation", "unit", "source"), HOSTILE)
    return known(
        job=row(name=HOSTILE, dataset=HOSTILE, error_message=HOSTILE, spec_json=json.dumps(spec)),
        results_json=encode_json(results),
        findings_json=encode_json([finding("dead_units", **texts, remedies=[remedy])]),
        metrics=[(1, encode_metrics({HOSTILE: 1.0})), (2, encode_metrics({HOSTILE: math.nan}))],
        signals=signals((1, 2), (HOSTILE,)),
        children=[row(name=HOSTILE)],
        repair=repair,
    )


@pytest.mark.parametrize("of", [known(), hostile()], ids=["usual", "hostile"])
def test_html_stands_alone_and_has_nothing_that_runs(of: Known) -> None:
    text = in_html(of)
    outline = Outline(text)
    assert outline.elements <= ELEMENTS
    assert outline.attributes <= ATTRIBUTES
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html.POLICY
    assert "url(" not in style[0]
    assert "\x00" not in text
    assert "\u202e" not in text
    assert len(list(pictures(text))) >= 2


def test_what_clients_wrote_is_shown_as_they_wrote_it() -> None:
    text = in_html(hostile())
    assert "<h1>&lt;/style&gt;&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert f'<th scope="row">Data set</th><td>{in_html_text(HOSTILE)}</td>' in text, "its backticks are no code"


def test_markdown_has_nothing_that_runs_either() -> None:
    text = in_markdown(hostile())
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    outline = Outline(rendered)
    assert not outline.elements & {"script", "img", "a", "style", "input", "del"}
    assert not any(name.startswith("on") for name in outline.attributes)
    assert rendered.count("<h1>") == 1, "a line of a client's is no heading"
    assert "<script>" not in rendered
    usual = MarkdownIt("gfm-like", {"linkify": False}).render(in_markdown(known()))
    assert usual.count("<table>") == 7
    assert "learning_rate" in usual


@pytest.mark.parametrize("text", ["- x", "1. x", "+ x", "=====", "---", "# x", "> x", "    x", "* x", "~~~", "12) x"])
def test_a_line_of_markdown_begins_nothing(text: str) -> None:
    assert MarkdownIt("gfm-like", {"linkify": False}).render(markdown_inline(Said(text))) == (
        f"<p>{text.strip().replace('>', '&gt;')}</p>\n"
    )


def test_code_is_code_and_ends_where_it_says() -> None:
    assert markdown_inline("Use `re|lu` here.") == r"Use `re\|lu` here."
    assert markdown_inline("An odd ` tick") == r"An odd \` tick"
    assert fenced("a\n````\nb").startswith("`````text\n")
    assert printable("x" * 3000).endswith("x…")
    assert len(printable("x" * 3000)) == 2000


def test_the_usual_report_tells_all_of_it() -> None:
    text = in_markdown(known())
    for part in (
        "The training succeeded. It had 5 of 5 epochs.",
        "have an accuracy of 0.75; always guessing the most common class gives 0.5.",
        "| Parameters | 1,234, of which 1,200 are trained |",
        "| Time | 1 min 15 s in all, 1 min 0 s of training |",
        "| loss | 0.5 | 0.6 |",
        "| dense | Dense | 8 \N{MULTIPLICATION SIGN} 2 | 1,234 |",
        "### Error: Title of unscaled_inputs",
        "| Measured | 0.75 of the units of a layer |",
        "| Epochs | 2 to 5 |",
        '{"op": "replace", "path": "/network/layers/0/activation", "value": "relu"}',
        "| cat | 5 | 1 | 0.5 |",
        "The network has a doubtful layer.",
        "A column is constant.",
        "| Keras | 3.15.1 |",
    ):
        assert part in text, part
    assert "running" not in text


def test_symptoms_stand_within_their_cause() -> None:
    text = in_html(known())
    cause, symptom = (
        text.index("Title of unscaled_inputs"),
        text.index("Title of dead_units", text.index("Findings</h2>")),
    )
    assert "</section>" not in text[cause:symptom]
    assert text.count('class="card error"') == 2
    remedies = finding("a")["remedies"] * 7
    long = [finding("a", remedies=remedies), finding("b", explained_by="a", remedies=remedies)]
    shown = in_markdown(known(findings_json=encode_json(long)))
    assert shown.count("Use another activation") == 5 + 2
    assert "has 2 more." in shown
    assert "has 5 more." in shown
    # Of a chain, and of what is explained by a rule that found nothing, none is lost.
    chain = [
        finding("a"),
        finding("b", explained_by="a"),
        finding("c", explained_by="b"),
        finding("d", explained_by="x"),
    ]
    cards = in_html(known(findings_json=encode_json(chain)))
    assert [cards.count(f"> Title of {rule}</h3>") for rule in "abcd"] == [1, 1, 1, 1]


def test_what_is_known_before_the_end() -> None:
    queued = known(
        job=row(status=JobStatus.QUEUED, epoch=0), results_json=None, findings_json="[]", metrics=(), signals=()
    )
    assert "The job is queued and waits for a worker. This report tells what is known by now." in in_html(queued)
    assert not list(pictures(in_html(queued)))
    running = known(job=row(status=JobStatus.RUNNING, epoch=3, eta_seconds=90.0), results_json=encode_json(RESULTS))
    text = in_markdown(running)
    assert "The job is running, and this report tells what is known by now. About 1 min 30 s are left." in text
    assert "Evaluation" not in text, "what an earlier attempt told is not how it ended"
    failed = known(
        job=row(status=JobStatus.FAILED, error_code="diverged", error_message="The loss was NaN."), results_json=None
    )
    assert "The loss was NaN." in in_html(failed)


def test_what_was_tried() -> None:
    tried = {"job": "job_1", "title": "Scale the inputs", "epochs": 8, "patch": [], "score": 0.9}
    better = {
        "status": "done",
        "metric": "val_accuracy",
        "tried": [tried, {**tried, "job": None, "title": "Wait", "epochs": None, "score": None}],
        "confirmed": [
            {"seed": 7, "original": {"job": "job_9", "score": 0.1}, "repaired": {"job": "job_1", "score": 0.9}},
            {"seed": 8, "original": {"job": None, "score": None}, "repaired": {"job": "job_2", "score": 0.8}},
        ],
        "chosen": "job_1",
        "gain": 0.5,
        "interval": [0.4, 0.6],
        "is_better": True,
    }
    of = known(
        job=row(latest_metrics_json='{"loss":2.0,"val_loss":"NaN"}'),
        children=[
            row(name="child", latest_metrics_json='{"loss":0.25,"val_loss":0.5}'),
            row(id="job_2", name="of the repair"),
        ],
        has_more_children=True,
        repair=better,
    )
    text = in_markdown(of)
    helped = "What helped most: Scale the inputs. It improves the val_accuracy by 0.5 (95 % interval: 0.4 to 0.6)."
    assert helped in text.replace("\\", "")
    assert "| Scale the inputs | job_1 | 8 | 0.9 |  |" in text
    assert f"| Wait | {NOTHING} | {NOTHING} | {NOTHING} |  |" in text
    assert "| 7 | 0.1 | 0.9 |" in text
    assert f"| 8 | {NOTHING} | 0.8 |" in text
    assert "| This job | succeeded | NaN | 2 |" in text
    assert "| 0.5 | 0.25 |" in text
    assert "of the repair" not in text, "its own table tells of it"
    assert "There are older ones, too" in text
    assert "being repaired" not in text
    nothing = in_markdown(known(repair={**better, "is_better": False, "gain": 0.01, "interval": None}))
    best = "Nothing that was tried is clearly better than the original. The best was: Scale the inputs. It improves the"
    assert f"{best} val_accuracy by 0.01." in nothing.replace("\\", "")
    under_way = {**better, "status": "running", "chosen": None, "gain": None, "is_better": False, "confirmed": []}
    text = in_markdown(known(repair=under_way))
    assert "The job is being repaired, and this report tells what is known by now." in text
    assert "The repair is running. What it has tried by now is below." in text
    assert "Before" not in text
    unknown = in_markdown(known(repair={**better, "tried": [], "chosen": None, "confirmed": [], "is_better": False}))
    assert "The coach knows no remedy that could be tried." in unknown


def test_many_classes_labels_and_numbers() -> None:
    names = [f"c{number}" for number in range(100)]
    matrix = [[7 if one == other + 1 else 0 for other in range(100)] for one in range(100)]
    many = {**EVALUATION, "classes": names, "confusion_matrix": matrix}
    text = in_markdown(known(results_json=encode_json({**RESULTS, "evaluation": {"test": many}})))
    assert "| c1 | c0 | 7 |" in text
    assert text.split("most common confusions.")[1].split("## Env")[0].count("| 7 |") == 20
    label = {"label": "red", "precision": 0.5, "recall": 1, "f1": 0.6667, "support": 4}
    labels = {"target": "labels", "rows": 4, "exact_match": 0.5, "macro_f1": 0.25, "by_label": [label]}
    told = {**labels, "baseline": {"labels": [], "exact_match": 0.125}}
    text = in_markdown(known(results_json=encode_json({**RESULTS, "evaluation": {"validation": told}})))
    assert "| red | 0.5 | 1 | 0.6667 | 4 |" in text
    numbers = {"target": "number", "rows": 4, "r2": None, "mean_absolute_error": 2.5, "residual_quantiles": {"0.5": -1}}
    told = {**numbers, "baseline": {"mean": 1, "mean_absolute_error": 3}}
    text = in_markdown(known(results_json=encode_json({**RESULTS, "evaluation": {"validation": told}})))
    assert "| Residuals, quantile 0.5 | -1 |" in text


def test_a_long_job_is_bounded() -> None:
    layers = [f"layer_{'x' * 50}_{number}" for number in range(300)]
    names = tuple(SIGNALS)
    rows: list[tuple[int, str]] = []
    for epoch in range(500, 10_001, 500):
        told = {
            layer: dict.fromkeys(
                names, math.nan if (place + epoch // 500) % 5 == 0 else 10.0 ** -((place * 7 + epoch // 500 * 3) % 11)
            )
            for place, layer in enumerate(layers)
        }
        rows.append((epoch, encode_json(told)))
    job = row(status=JobStatus.RUNNING, epoch=10_000, epochs=10_000)
    of = known(job=job, metrics=course(10_000, without=range(5000, 5100)), signals=rows, results_json=None)
    text = in_html(of)
    assert len(text.encode()) < MOST_BYTES
    assert len(list(pictures(text))) == 9
    assert "Each of the 200 places is some epochs" in text
    assert "is not a finite number in epoch 5,000." in text
    assert len(in_markdown(of).encode()) < MOST_BYTES // 4
    thousand = known(job=job, signals=signals((1, 10_000), [f"layer_{number}" for number in range(1000)]))
    assert "250 of 1,000 layers are drawn." in in_html(thousand)


def test_a_heat_map_marks_what_is_not_finite_and_joins_what_is_alike() -> None:
    columns = [Span(1, 2), Span(3, 4), Span(5, 6), Span(7, 8)]
    measured = {
        "a": [(1, 0.0), (2, 1.0), (3, math.nan), (4, 0.5), (7, 1.0)],
        "b": [(2, 0.5), (4, 0.5), (6, 0.5), (8, 0.5)],
    }
    cells = cells_of(measured, ["a", "b"], columns)
    assert cells[0][0] == 1.0, "the last of its column"
    assert math.isnan(cells[0][1] or 0.0), "though a finite one followed"
    assert cells[0][2:] == [None, 1.0]
    (picture,) = pictures(HeatMap("dead", ["a", "b"], columns, cells, Scale(0, 1)).svg())
    ways = {path.get("class"): path.get("d") for path in picture.findall(f"{NAMES}g[3]/{NAMES}path")}
    assert ways == {
        "q11": "M150 42h139.5M568.5 42h139.5",
        "nf": "M289.5 42h139.5",
        "nh": "M289.5 42h139.5",
        "q6": "M150 58h558",
    }
    assert "not a finite number" in "".join(picture.itertext())
    assert HeatMap("dead", ["a"], columns, cells[:1], Scale(0, 1)).sketch() == [
        f"{'a':<22} █\N{MULTIPLICATION SIGN}·█ 1"
    ]


@pytest.mark.parametrize(
    "values",
    [
        [math.nan],
        [math.inf, -math.inf],
        [0.0],
        [1e-300, 1e300],
        [-1.7e308, 1.7e308],
        [5e-324, 1e-320],
        [1e16, 1e16 + 2],
        [-3.0, 5.0],
        [0.1, 0.1 + 1e-12],
        [1e-5, 1e-3],
    ],
    ids=str,
)
def test_any_numbers_can_be_drawn(values: list[float]) -> None:
    scale = scale_of(values)
    assert scale.least < scale.most
    assert 1 <= len(scale.ticks()) <= 7
    assert all(math.isfinite(tick) for tick in scale.ticks())
    assert all(0 <= scale.place(value) <= 1 for value in values if math.isfinite(value))
    epochs = Span(1, len(values))
    buckets = bucketed(enumerate(values, 1), spans(1, len(values), 10))
    chart = Chart("loss", epochs, [Line("loss", "train", buckets)])
    (picture,) = pictures(chart.svg())
    assert "nan" not in chart.svg().lower().replace("nan ", "")
    assert (picture.find(f"{NAMES}path[@class='train-mark']") is not None) == any(
        not math.isfinite(value) for value in values
    )
    assert len(chart.sketch()) == 1


def test_buckets() -> None:
    assert spans(3, 9, 3) == [Span(3, 4), Span(5, 6), Span(7, 9)]
    assert spans(1, 0, 3) == []
    found = bucketed([(1, 9.0), (3, 1.0), (4, 5.0), (7, math.nan), (8, 2.0), (9, math.inf)], spans(3, 9, 3))
    assert found == [Bucket(Span(3, 4), 5.0, 1.0, 5.0, 0), Bucket(Span(7, 9), 2.0, 2.0, 2.0, 2)]
    assert bucketed([(1, math.nan)], spans(1, 1, 3)) == [Bucket(Span(1, 1), None, None, None, 1)]


def test_numbers_as_people_read_them() -> None:
    shown = [number(value) for value in (None, "NaN", -math.inf, 0.0, 1797, 0.98765, 1e-7, 123456.0, 2.0)]
    assert shown == ["\N{EN DASH}", "NaN", "-Infinity", "0", "1,797", "0.9877", "1e-07", "1.23e+05", "2"]
    assert [duration(seconds) for seconds in (0.0123, 2.5, 61, 3720, None)] == [
        *("12.3 ms", "2.5 s", "1 min 1 s", "1 h 2 min", "\N{EN DASH}"),
    ]
    assert sparkline([0.0, None, math.nan, 1.0], Scale(0, 1)) == "▁·\N{MULTIPLICATION SIGN}█"
