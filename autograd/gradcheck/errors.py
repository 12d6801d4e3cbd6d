"""The exception of a failed check, and what it reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from autograd.naming import element, fields
from autograd.observe import Place

__all__ = ["Finding", "GradcheckError", "Mismatch", "Report"]

NOWHERE = Place(None, ())


@dataclass(frozen=True)
class Mismatch:
    """The first pair of output and input whose derivative is wrong.

    Attributes
    ----------
    output, input : int
        Which.
    output_index, input_index : tuple of int or None
        The worst element; ``None`` if directions were compared.
    analytic, numeric : complex
        Both values there.
    """

    output: int
    input: int
    output_index: tuple[int, ...] | None
    input_index: tuple[int, ...] | None
    analytic: complex
    numeric: complex
    shapes: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def phrase(self) -> str:
        """The first line of the message, as PyTorch writes it."""
        return f"Jacobian mismatch for output {self.output} with respect to input {self.input},"

    def text(self) -> str:
        """Say where, and by how much."""
        if self.output_index is None or self.input_index is None:
            where = "along random directions"
        else:
            where = f"worst element: d output{list(self.output_index)} / d input{list(self.input_index)}"
        return (
            f"{where}: numerical: {self.numeric:.9g}, analytical: {self.analytic:.9g}, "
            f"difference {abs(self.analytic - self.numeric):.3g}"
        )


@dataclass(frozen=True)
class Finding:
    """A fault: in which operation, where it was called, at which element, and what kind of mistake it looks like.

    Attributes
    ----------
    diagnosis : str
        One of `autograd.gradcheck.DIAGNOSES`.
    explanation : str
        What the values show.
    fix : str
        What to look at.
    op : str
        Name of the operation's node; empty if the fault lies in none.
    order : int
        The operation's number, from 1 in the order of the forward pass; 0 if the fault lies in none.
    place : Place
        The user's line, and the modules.
    input : int or None
        Whose gradient is wrong.
    axes : tuple of str
        Names of that input's axes.
    shape : tuple of int
        Of that input.
    index : tuple of int or None
        The worst element.
    analytic, numeric : complex or None
        Both values there, of the gradient of a random combination of the outputs.
    wrong, compared : int
        How many elements differ, and how many were compared.
    """

    diagnosis: str
    explanation: str
    fix: str = ""
    op: str = ""
    order: int = 0
    place: Place = NOWHERE
    input: int | None = None
    axes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    index: tuple[int, ...] | None = None
    analytic: complex | None = None
    numeric: complex | None = None
    wrong: int = 0
    compared: int = 0

    def lines(self) -> list[tuple[str, str]]:
        """Return the labelled lines of the report."""
        gradient = worst = ""
        if self.input is not None:
            gradient = f"of input {self.input}, shape {list(self.shape)}"
            if self.compared:
                gradient += f"; {self.wrong} of {self.compared} elements compared differ"
        if self.index is not None:
            at = element(self.index, self.axes) if self.index else "the only element"
            worst = f"{at}: numerical: {self.numeric:.9g}, analytical: {self.analytic:.9g}"
        return [
            ("diagnosis", f"{self.diagnosis}: {self.explanation}"),
            ("operation", f"{self.op}, number {self.order} of the forward pass" if self.order else self.op),
            ("called", str(self.place.source or "")),
            ("layer", self.place.layer),
            ("gradient", gradient),
            ("worst", worst),
            ("fix", self.fix),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        source = self.place.source
        plain = asdict(self)
        del plain["place"]
        plain["source"] = None if source is None else {**source._asdict(), "code": source.code}
        plain["layer"] = self.place.layer
        return plain


@dataclass(frozen=True)
class Report:
    """What a failed check found.

    Attributes
    ----------
    phrase : str
        The first line.
    mismatch : Mismatch or None
        Of the whole function.
    finding : Finding or None
        The first faulty operation, or what else explains the mismatch.
    checked, recorded : int
        How many operations were checked, and how many there were.
    extra : list of (str, str)
        Further lines, with their labels.
    """

    phrase: str
    mismatch: Mismatch | None = None
    finding: Finding | None = None
    checked: int = 0
    recorded: int = 0
    extra: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        lines = list(self.extra)
        if self.finding is not None:
            lines += self.finding.lines()
        if self.recorded:
            lines.append(("checked", f"{self.checked} of {self.recorded} operations one by one"))
        if self.mismatch is not None:
            output, x = self.mismatch.shapes
            lines.append(("function", f"output {list(output)}, input {list(x)}; {self.mismatch.text()}"))
        return fields(self.phrase, lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        plain: dict[str, Any] = {"message": self.phrase, "checked": self.checked, "recorded": self.recorded}
        plain["mismatch"] = None if self.mismatch is None else asdict(self.mismatch)
        plain["finding"] = None if self.finding is None else self.finding.to_dict()
        plain.update({label: text for label, text in self.extra if text})
        return plain


class GradcheckError(RuntimeError):
    """An analytic gradient that differs from the numeric one.

    Parameters
    ----------
    report : Report or str
        What was found, or only its text.

    Attributes
    ----------
    report : Report
        What was found; the message is its text.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0], dtype=autograd.float64, requires_grad=True)
    >>> try:
    ...     autograd.gradcheck(lambda x: x * x.detach(), x)
    ... except autograd.GradcheckError:
    ...     print("half of the gradient is missing")
    half of the gradient is missing
    """

    def __init__(self, report: Report | str) -> None:
        self.report = Report(report) if isinstance(report, str) else report
        super().__init__(str(self.report))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, fit for JSON but for complex numbers."""
        return self.report.to_dict()
