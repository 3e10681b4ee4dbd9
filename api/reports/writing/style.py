"""The one style sheet of reports. Its colours are told apart by the colour-blind, and by their brightness too."""

from api.reports.drawing.palettes import DIVERGING, SEQUENTIAL

_HEAT = "".join(
    f".{prefix}{place}{{stroke:{colour}}}"
    for prefix, palette in (("q", SEQUENTIAL), ("v", DIVERGING))
    for place, colour in enumerate(palette)
)
STYLE = (
    """
:root{--paper:#fff;--ink:#1c2228;--soft:#5b6670;--line:#d5dbe1;--panel:#f5f7f9;
--train:#0072b2;--validation:#d55e00;--error:#b3261e;--warning:#9a6700;--hint:#0b6bcb;--shade:0,114,178}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e6eaee;--soft:#9aa6b2;--line:#37404a;--panel:#1c2229;
--train:#56b4e9;--validation:#f0a050;--error:#ff8a80;--warning:#f2c14e;--hint:#7cc0ff;--shade:86,180,233}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .3rem;overflow-wrap:anywhere}
p{margin:.4rem 0;max-width:46rem;overflow-wrap:anywhere}
.remark,figcaption p,caption{color:var(--soft);font-size:.875rem}
.notice{border-left:4px solid var(--hint);background:var(--panel);padding:.5rem .8rem}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:.85em}
pre{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.6rem;margin:.4rem 0;
white-space:pre-wrap;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.3rem}
th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);
overflow-wrap:anywhere;min-width:2.5rem}
thead th{color:var(--soft);font-weight:600}
tbody th{font-weight:500}
.facts th{color:var(--soft);white-space:nowrap;padding-left:0}
.rows .number,.matrix td{text-align:right}
.matrix td,.matrix thead th{text-align:right}
.s1{background:rgba(var(--shade),.12)}.s2{background:rgba(var(--shade),.24)}.s3{background:rgba(var(--shade),.36)}
.s4{background:rgba(var(--shade),.48)}.s5{background:rgba(var(--shade),.6)}
figure{margin:1rem 0;break-inside:avoid}
svg{display:block;width:100%;height:auto;max-width:52rem;font:11px system-ui,"DejaVu Sans",sans-serif}
svg text{fill:var(--soft)}
.frame{fill:none;stroke:var(--line)}
.grid{stroke:var(--line);stroke-width:.7}
.guide{stroke:var(--soft);stroke-dasharray:2 3}
.train{stroke:var(--train);fill:none;stroke-width:1.8}
.validation{stroke:var(--validation);fill:none;stroke-width:1.8;stroke-dasharray:6 3}
.train-band{fill:var(--train);opacity:.16}
.validation-band{fill:var(--validation);opacity:.16}
.train-mark{stroke:var(--train);stroke-width:1.6}
.validation-mark{stroke:var(--validation);stroke-width:1.6}
.end{text-anchor:end}.mid{text-anchor:middle}
.heat path{fill:none;shape-rendering:crispEdges}
.nf{stroke:#000}.nh{stroke:#fff;stroke-dasharray:2 2}
.card{border:1px solid var(--line);border-left:5px solid var(--hint);border-radius:4px;
padding:.7rem .9rem;margin:.8rem 0}
.card.error{border-left-color:var(--error)}.card.warning{border-left-color:var(--warning)}
.mark{font-size:.72rem;text-transform:uppercase;letter-spacing:.05em;color:var(--hint);border:1px solid;
border-radius:3px;padding:0 .35rem;margin-right:.3rem}
.error>h3 .mark{color:var(--error)}.warning>h3 .mark{color:var(--warning)}.hint>h3 .mark{color:var(--hint)}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#f4f4f4;--train:#0072b2;
--validation:#d55e00;--error:#b3261e;--warning:#9a6700;--hint:#0b6bcb}body{font-size:11pt}main{max-width:none;padding:0}
.card,tr{break-inside:avoid}*{print-color-adjust:exact}}
"""
    + _HEAT
    + "\n"
)
