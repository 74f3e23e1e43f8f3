"""The statements by which a database closes a day for ordinary borrowers, and the few words in which databases differ.

Each step fills a temporary table from the one before it, then the rows are written in one statement a table. All
arithmetic is in whole numbers. `domain/loan/accrual` says what has to come out; a test compares every row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, TextClause, bindparam, text

from service.db.engine import UtcDateTime
from service.db.loan_close_terms import MOST_DAYS, MOST_FEN, MOST_FEN_DAYS
from service.domain.loan.ageing import ACCRUING_UNTIL, BEYOND_BUCKETS, BUCKETS
from service.domain.loan.interest import GraceMode
from service.domain.loan.journal import INCOME, SUSPENDED, Account, Kind
from service.domain.loan.terms import Method

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Words:
    """What each database says in its own way."""

    settings: tuple[str, ...]  # at the start of each transaction
    kept: str  # ends a temporary table whose rows stay until the connection ends
    passing: str  # ends one whose rows are those of a transaction
    numbered: str  # as `passing`, and its rows have a number
    empties: bool  # whether transactions leave them empty
    lock: str
    day_number: str  # of due_on, from EPOCH
    by_bytes: str  # collation, as Python compares texts
    hash_of: str
    joined_lines: str  # (borrower_id, said): the lines of each borrower's entry, joined in order
    next_id: str


_SAID = "account || ',' || loan_id || ',' || coalesce(CAST(instalment_no AS VARCHAR), '') || ',' || amount_fen"

SQLITE = Words(
    settings=(),
    kept=" WITHOUT ROWID",
    passing=" WITHOUT ROWID",
    numbered="",
    empties=False,
    lock="",
    day_number="CAST(strftime('%s', i.due_on) AS INTEGER) / 86400",
    by_bytes="BINARY",
    hash_of="sha256_hex({})",
    # a window has an order, which its group_concat alone does not
    joined_lines=f"""
        SELECT borrower_id, said FROM (
            SELECT borrower_id, no, group_concat({_SAID}, ';') OVER (
                PARTITION BY borrower_id ORDER BY no ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS said
            FROM closing_line
        ) AS joined WHERE no = 1""",
    # a number each, in their order; those without an entry leave a gap, as everywhere
    next_id="(SELECT coalesce(max(id), 0) FROM journal_entry) "
    "+ (SELECT b.rowid FROM closing_borrower b WHERE b.id = borrower_id)",
)
POSTGRESQL = Words(
    # A chunk is read through its keys, however large the tables are.
    settings=("SET LOCAL enable_hashjoin = off", "SET LOCAL enable_mergejoin = off"),
    kept=" ON COMMIT PRESERVE ROWS",
    passing=" ON COMMIT DELETE ROWS",
    numbered=" ON COMMIT DELETE ROWS",
    empties=True,
    lock="FOR NO KEY UPDATE OF b",  # as strong as FOR UPDATE against a payment
    day_number="(i.due_on - DATE '1970-01-01')",
    by_bytes='"C"',
    hash_of="encode(sha256(convert_to({}, 'UTF8')), 'hex')",
    joined_lines=f"SELECT borrower_id, string_agg({_SAID}, ';' ORDER BY no) AS said FROM closing_line GROUP BY 1",
    next_id="nextval(pg_get_serial_sequence('journal_entry', 'id'))",
)
WORDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}

WORK = "CREATE TEMPORARY TABLE closing_work (borrower_id VARCHAR(64) NOT NULL PRIMARY KEY){}"
NUMBERED = "CREATE TEMPORARY TABLE closing_borrower (id VARCHAR(64) NOT NULL PRIMARY KEY, suspense_fen BIGINT){}"
PASSING = {
    "closing_loan": """id VARCHAR(64) NOT NULL PRIMARY KEY, borrower_id VARCHAR(64), ordinary INTEGER,
        non_accrual BOOLEAN, bucket VARCHAR(8), days_past_due INTEGER, aged_on DATE, grace_days INTEGER,
        free_days INTEGER, penalty_rate VARCHAR(40), day_count VARCHAR(16), rounding VARCHAR(32)""",
    "closing_terms": """penalty_rate VARCHAR(40) NOT NULL, day_count VARCHAR(16) NOT NULL,
        rounding VARCHAR(32) NOT NULL, times BIGINT, plus BIGINT, parts BIGINT, half_even BOOLEAN,
        most_fen_days BIGINT, PRIMARY KEY (penalty_rate, day_count, rounding)""",
    "closing_part": """loan_id VARCHAR(64) NOT NULL, no INTEGER NOT NULL, borrower_id VARCHAR(64), ordinary INTEGER,
        late INTEGER, interest_fen BIGINT, penalty_fen BIGINT, fen_days BIGINT, days INTEGER,
        PRIMARY KEY (loan_id, no)""",
    "closing_aged": """loan_id VARCHAR(64) NOT NULL PRIMARY KEY, borrower_id VARCHAR(64), ordinary INTEGER,
        non_accrual BOOLEAN, late INTEGER, bucket VARCHAR(8), changed INTEGER, moved INTEGER, interest_fen BIGINT,
        penalty_fen BIGINT""",
    "closing_line": """borrower_id VARCHAR(64) NOT NULL, no INTEGER NOT NULL, account VARCHAR(24),
        loan_id VARCHAR(64), instalment_no INTEGER, amount_fen BIGINT, PRIMARY KEY (borrower_id, no)""",
    "closing_entry": """borrower_id VARCHAR(64) NOT NULL PRIMARY KEY, id BIGINT, entry_key VARCHAR(240),
        hash VARCHAR(64)""",
}

EMPTY = (
    "DELETE FROM closing_borrower",
    "DELETE FROM closing_loan",
    "DELETE FROM closing_terms",
    "DELETE FROM closing_part",
    "DELETE FROM closing_aged",
    "DELETE FROM closing_line",
    "DELETE FROM closing_entry",
)

# Methods by which a loan's interest is known when it is made; what else there may be one day is the domain's.
_FIXED = ", ".join(
    f"'{one}'"
    for one in (Method.EQUAL_INSTALLMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST, Method.BULLET, Method.FLAT)
)

_LOCKED = """
INSERT INTO closing_borrower (id, suspense_fen)
SELECT b.id, b.suspense_fen FROM closing_work w CROSS JOIN borrower b
WHERE w.borrower_id >= :first AND w.borrower_id <= :last AND b.id = w.borrower_id
ORDER BY b.id {lock}"""

_LOANS = f"""
INSERT INTO closing_loan (id, borrower_id, ordinary, non_accrual, bucket, days_past_due, aged_on, grace_days,
    free_days, penalty_rate, day_count, rounding)
SELECT l.id, b.id,
    CASE WHEN b.suspense_fen = 0 AND l.pauses IS NULL AND l.plan IS NULL AND (l.aged_on IS NULL OR l.aged_on <= :day)
        AND l.grace_days >= 0 AND l.grace_mode IN ('{GraceMode.BACKDATE}', '{GraceMode.FROM_GRACE_END}')
        AND l.method IN ({_FIXED}) AND (l.written_off_on IS NULL OR l.non_accrual)
        THEN 1 ELSE 0 END,
    l.non_accrual, l.bucket, l.days_past_due, l.aged_on, l.grace_days,
    CASE WHEN l.grace_mode = '{GraceMode.FROM_GRACE_END}' THEN l.grace_days ELSE 0 END,
    l.penalty_rate, l.day_count, l.rounding
FROM closing_borrower b CROSS JOIN loan l
WHERE l.borrower_id = b.id AND l.status = 'active'"""

DISTINCT_TERMS = text("SELECT DISTINCT penalty_rate, day_count, rounding FROM closing_loan")

# Interest missing of an earlier day, or what might overflow, is for the domain; so is what ought not to be.
_PARTS = f"""
INSERT INTO closing_part (loan_id, no, borrower_id, ordinary, late, interest_fen, penalty_fen, fen_days, days)
WITH due AS MATERIALIZED (
    SELECT l.id AS loan_id, i.no, l.borrower_id, l.ordinary, l.grace_days, l.free_days,
        :day_number - {{day_number}} AS late, i.ends_on, i.interest_fen - i.recognised_interest_fen AS missing_fen,
        i.principal_fen - i.principal_paid_fen AS unpaid_fen, i.penalty_fen, i.penalty_waived_fen,
        i.penalty_fen_days, i.penalty_days, t.times, t.plus, t.parts, t.half_even, t.most_fen_days
    FROM closing_loan l CROSS JOIN instalment i
    LEFT JOIN closing_terms t
        ON t.penalty_rate = l.penalty_rate AND t.day_count = l.day_count AND t.rounding = l.rounding
    WHERE i.loan_id = l.id AND i.paid_on IS NULL AND i.due_on <= :day
), judged AS (
    SELECT due.*,
        CASE WHEN ordinary = 1 AND times IS NOT NULL
            AND (missing_fen = 0 OR (missing_fen > 0 AND late = 0 AND ends_on <= :day))
            AND unpaid_fen BETWEEN 0 AND {MOST_FEN} AND penalty_fen_days BETWEEN 0 AND {MOST_FEN_DAYS}
            AND penalty_days >= 0 AND late < {MOST_DAYS} THEN 1 ELSE 0 END AS fit,
        CASE WHEN late <= grace_days THEN 0 ELSE late - free_days END AS days
    FROM due
), borne AS (
    SELECT judged.*, CASE WHEN fit = 1 AND days > penalty_days AND unpaid_fen > 0
        THEN penalty_fen_days + unpaid_fen * (days - penalty_days) END AS fen_days
    FROM judged
), rounded AS (
    SELECT borne.*, CASE WHEN fen_days > most_fen_days THEN 0 ELSE fit END AS safe,
        CASE WHEN fen_days <= most_fen_days THEN
            (fen_days * times + plus) / parts - penalty_waived_fen - penalty_fen
            - CASE WHEN half_even AND (fen_days * times + plus) % parts = 0
                AND (fen_days * times + plus) / parts % 2 = 1 THEN 1 ELSE 0 END
        END AS grown_fen
    FROM borne
)
SELECT loan_id, no, borrower_id, safe, late, missing_fen, CASE WHEN grown_fen > 0 THEN grown_fen ELSE 0 END, fen_days,
    days
FROM rounded"""

_BUCKET = "CASE " + " ".join(f"WHEN late <= {last} THEN '{name}'" for last, name in BUCKETS)
_BUCKET += f" ELSE '{BEYOND_BUCKETS}' END"

_AGED = f"""
INSERT INTO closing_aged (loan_id, borrower_id, ordinary, non_accrual, late, bucket, changed, moved, interest_fen,
    penalty_fen)
SELECT id, borrower_id,
    CASE WHEN fit = 1 AND NOT (non_accrual AND late = 0) AND (non_accrual OR late <= {ACCRUING_UNTIL})
        THEN 1 ELSE 0 END,
    non_accrual, late, {_BUCKET},
    CASE WHEN aged_on = :day AND days_past_due = late AND bucket = {_BUCKET} THEN 0 ELSE 1 END,
    CASE WHEN bucket = {_BUCKET} THEN 0 ELSE 1 END, interest_fen, penalty_fen
FROM (
    SELECT l.id, l.borrower_id, l.non_accrual, l.bucket, l.days_past_due, l.aged_on, coalesce(max(p.late), 0) AS late,
        CASE WHEN l.ordinary = 1 AND coalesce(min(p.ordinary), 1) = 1 THEN 1 ELSE 0 END AS fit,
        CAST(coalesce(sum(p.interest_fen), 0) AS BIGINT) AS interest_fen,
        CAST(coalesce(sum(p.penalty_fen), 0) AS BIGINT) AS penalty_fen
    FROM closing_loan l LEFT JOIN closing_part p ON p.loan_id = l.id
    GROUP BY l.id
) AS summed"""

OTHERS = text("SELECT DISTINCT borrower_id FROM closing_aged WHERE ordinary = 0 ORDER BY borrower_id")
LEAVE_OTHERS = (
    text("DELETE FROM closing_part WHERE borrower_id IN (SELECT borrower_id FROM closing_aged WHERE ordinary = 0)"),
    text("DELETE FROM closing_aged WHERE borrower_id IN (SELECT borrower_id FROM closing_aged WHERE ordinary = 0)"),
)


def _charge(account: Account, amount: str) -> str:
    """An instalment's line and, over the loan, what stands against it."""
    return f"""
    SELECT borrower_id, loan_id, '{account}' AS account, no AS instalment_no, {amount} AS amount_fen
    FROM closing_part WHERE {amount} <> 0
    UNION ALL
    SELECT borrower_id, loan_id, CASE WHEN non_accrual THEN '{SUSPENDED[account]}' ELSE '{INCOME[account]}' END, NULL,
        -{amount}
    FROM closing_aged WHERE {amount} <> 0"""


_LINES = f"""
INSERT INTO closing_line (borrower_id, no, account, loan_id, instalment_no, amount_fen)
SELECT borrower_id, row_number() OVER (PARTITION BY borrower_id
        ORDER BY loan_id COLLATE {{by_bytes}}, account COLLATE {{by_bytes}}, coalesce(instalment_no, 0)),
    account, loan_id, instalment_no, amount_fen
FROM ({_charge(Account.INTEREST, "interest_fen")} UNION ALL {_charge(Account.PENALTY, "penalty_fen")}) AS charged"""

# what `journal.chained` hashes: previous | key | kind | day | event | reversed | lines
_ENTRIES = """
INSERT INTO closing_entry (borrower_id, id, entry_key, hash)
SELECT borrower_id, {next_id}, entry_key, {hash}
FROM (
    SELECT borrower_id, said, 'accrual:' || borrower_id || ':' || :day_text AS entry_key, coalesce((
        SELECT hash FROM journal_entry
        WHERE id = (SELECT max(id) FROM journal_entry e WHERE e.borrower_id = entry.borrower_id)
    ), '') AS previous
    FROM ({joined_lines}) AS entry
) AS chained"""
_HASHED = f"previous || '|' || entry_key || '|{Kind.ACCRUAL}|' || :day_text || '|||' || said"

# `|| ''` leaves a database no choice but to go through the chunk and look its rows up in the table: SQLite would go
# through the whole table and look into the chunk.
WRITES = (
    """
INSERT INTO journal_line (entry_id, no, account, loan_id, instalment_no, amount_fen)
SELECT e.id, l.no, l.account, l.loan_id, l.instalment_no, l.amount_fen
FROM closing_entry e JOIN closing_line l ON l.borrower_id = e.borrower_id""",
    f"""
INSERT INTO journal_entry (id, entry_key, kind, borrower_id, business_date, created_at, event_key, hash)
SELECT id, entry_key, '{Kind.ACCRUAL}', borrower_id, :day, :now, '', hash FROM closing_entry""",
    """
UPDATE instalment SET recognised_interest_fen = recognised_interest_fen + p.interest_fen,
    penalty_fen = instalment.penalty_fen + p.penalty_fen,
    penalty_fen_days = coalesce(p.fen_days, penalty_fen_days),
    penalty_days = CASE WHEN p.fen_days IS NULL THEN penalty_days ELSE p.days END
FROM closing_part p
WHERE instalment.loan_id = p.loan_id || '' AND instalment.no = p.no
    AND (p.interest_fen <> 0 OR p.fen_days IS NOT NULL)""",
    """
UPDATE loan SET days_past_due = a.late, bucket = a.bucket, aged_on = :day
FROM closing_aged a WHERE loan.id = a.loan_id || '' AND a.changed = 1""",
    """
UPDATE ageing_tag SET left_on = :day
FROM closing_aged a WHERE ageing_tag.loan_id = a.loan_id || '' AND ageing_tag.left_on IS NULL AND a.moved = 1""",
    """
INSERT INTO ageing_tag (loan_id, bucket, entered_on)
SELECT loan_id, bucket, :day FROM closing_aged WHERE moved = 1 ORDER BY loan_id""",
)


def statement(sql: str, words: Words) -> TextClause:
    """`sql` in a database's own words, with its parameters typed."""
    said = sql.format(
        lock=words.lock,
        day_number=words.day_number,
        by_bytes=words.by_bytes,
        next_id=words.next_id,
        hash=words.hash_of.format(_HASHED),
        joined_lines=words.joined_lines,
    )
    typed = {"day": Date(), "now": UtcDateTime()}
    named = set(re.findall(r":(day|now)\b", said))
    return text(said).bindparams(*(bindparam(name, type_=typed[name]) for name in named))


READ = (_LOCKED, _LOANS)
JUDGE = (_PARTS, _AGED)
DERIVE = (_LINES, _ENTRIES)
