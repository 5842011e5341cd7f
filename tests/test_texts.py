"""Spellings that are the same name, and characters that no text may hold."""

import unicodedata

import pytest

from plainsite.texts import fold, tidy, unbroken, unseen, unstorable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("Ada", "ａｄａ"),
        ("Zoë", "Zoe\u0308"),
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("Ada  Lovelace ", " ada\u00a0lovelace"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_case_width_composition_and_spaces_do_not_make_a_second_name(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("Zoe", "Zoë"), ("Ada", "Áda"), ("Ada 1", "Ada1"), ("Łukasz", "Lukasz")])
def test_another_letter_is_another_name(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_twice_changes_nothing_for_any_character() -> None:
    characters = (chr(code) for code in range(0x20, 0x30000) if unicodedata.category(chr(code)) != "Cs")
    assert [c for c in characters if fold(fold(c)) != fold(c)] == []


def test_plain_letters_fold_and_show_as_they_do_beside_others() -> None:
    for character in map(chr, range(0x80)):
        typed = f"A{character}  B{character}"
        assert fold(f"é {typed}") == f"é {fold(typed)}"
        assert unseen(f"é{character}") == unseen(f"e{character}")


def test_a_name_is_kept_composed_and_without_spaces_around_it() -> None:
    assert tidy("  Zoe\u0308 \t Krähenbühl\n") == "Zoë Krähenbühl"


@pytest.mark.parametrize("character", ["\0", "\x07", "\u200b", "\u202e", "\u2028", "\ue000", "\ud800", "\ufeff"])
def test_characters_that_cannot_be_seen_are_found(character: str) -> None:
    assert unseen(f"A{character}da") == character


def test_letters_signs_and_pictures_can_be_seen() -> None:
    assert unseen("Ngô Thị Hoa, José & 日本 😀 O’Neill") == ""


def test_a_long_text_may_hold_all_but_nul_and_half_pairs() -> None:
    assert unstorable("a\0b\ud800c\b\t\n\u202e😀") == "\0\ud800"


def test_line_ends_are_kept_as_lf() -> None:
    assert unbroken("a\r\nb\rc\nd") == "a\nb\nc\nd"
