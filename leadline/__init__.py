"""The core of Leadline: from a frame's meaning to a signal, without engine, clock or I/O.

In the order in which data flows:

    records       what is on the tape
    events        what a frame says
    moment        one event and what each stage made of it
    instrument    prices and sizes as whole numbers
    book          one book of price levels      checksum  the venue's proof of it
    l3_book, queue_side, queues   one book of single orders (Level 3)
    symbol_book   one symbol's book and its liveness
    trust         whether it may be acted upon, and why not
    candles, candle_history, rollup, indicators, bars   closed candles and what is computed on them
    microstructure, order_rates   features of the book: imbalance, order flow, how often orders come and go
    hft           the HFT score
    bias, alignment   the slower picture, and whether the book agrees with it
    bias_record, hybrid   the day's bias from the slow half, and what it keeps out
    scenarios, positions  what the book says of zones, breaks and declared positions
    setups        patterns that arm a candidate
    candidates    candidates that wait, signals that are open
    costs         what a trade pays
    signals       prices, size, strength and verdict
    proposals     what is put before the account
    risk          the account and its limits
    paper, trade_plan, resting, paper_result   trades on paper and what they came to
    advice        what the book says of a trade, and what following it saved
    calibration, tally, performance, ladder, comparison   what outcomes add up to, and what they prove
    history, trade_minutes   kept candles, and candles from an archive of trades
    volume_profile, analysis   the slow half: history to score, bias, key level and setups
    settings      what a user may decide
    errors        what a user can mend
"""
