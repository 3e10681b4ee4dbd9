"""``python -m coach.techniques`` writes the page of the techniques to ``docs/techniques.md``."""

from coach.techniques.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
