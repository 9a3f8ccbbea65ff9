"""Formulas are arithmetic only, whoever wrote the file."""

from fractions import Fraction

import pytest

from journeysync.core.formula import EQUAL, check_formula, read_formula, weighted_formula


@pytest.mark.parametrize(
    "text",
    [
        "equal",
        "weighted",
        EQUAL,
        "min(100, 10 * customer_value + 5 * business_value / max(effort, 1))",
        "-customer_value + 2.5",
        "10 * (weight_customer_value * customer_value + weight_business_value * business_value)",
    ],
)
def test_a_formula_of_known_names_and_arithmetic_is_fine(text: str) -> None:
    assert check_formula(text) == ""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("custmer_value * 10", "did you mean customer_value"),
        ("__import__('os').system('true')", "'"),
        ("customer_value ** 9999", "is not allowed"),
        ("customer_value // 2", "is not allowed"),
        ("open(customer_value)", "is not allowed"),
        ("customer_value.real", "."),
        ("[x for x in y]", "["),
        ("customer_value if effort else 0", "is not allowed"),
        ("lambda", "is not a formula"),
        ("True", "is not a number"),
        ("min()", "is not allowed"),
        ("min(key=effort)", "="),
        ("10 *", "is not a formula"),
        ("1if 2", "1if"),
        ("", "empty"),
        ("1 + " * 200 + "1", "characters"),
        ("(" * 100 + "1" + ")" * 100 + " + " + "-" * 25 + "1", "nested"),
        ("customer_value + ｂusiness_value", "ｂ"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong_and_what_is_allowed(text: str, names: str) -> None:
    says = check_formula(text)

    assert names in says
    assert len(says) < 700


def test_a_refusal_names_what_is_allowed() -> None:
    assert "customer_value, business_value, effort" in check_formula("reach * 2")


def test_numbers_are_those_that_a_person_wrote() -> None:
    formula = read_formula("customer_value + business_value")

    assert formula.value({"customer_value": 0.1, "business_value": 0.2}) == Fraction(3, 10)


def test_a_formula_is_written_out_with_its_numbers() -> None:
    assert read_formula(EQUAL).written_out({"customer_value": 9.3, "business_value": 8}) == "10 * (9.3 + 8.0) / 2"


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        ((("business_value", 0.4), ("customer_value", 0.6)), "10 * (0.6 * customer_value + 0.4 * business_value)"),
        ((("customer_value", 3.0), ("business_value", 1.0)), "10 * (3 * customer_value + 1 * business_value) / 4"),
        ((("customer_value", 1.0), ("business_value", 0.0)), "10 * (1 * customer_value)"),
    ],
)
def test_weights_become_an_expression_that_anybody_can_work_out(
    weights: tuple[tuple[str, float], ...], text: str
) -> None:
    assert weighted_formula(weights) == text
    assert check_formula(text) == ""


@pytest.mark.parametrize("weights", [(("reach", 1.0),), (("customer_value", -1.0),), (("customer_value", 0.0),)])
def test_weights_that_make_no_mean_are_refused(weights: tuple[tuple[str, float], ...]) -> None:
    with pytest.raises(ValueError, match="weight"):
        weighted_formula(weights)
