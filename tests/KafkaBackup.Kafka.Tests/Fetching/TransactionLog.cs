using CsCheck;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>A partition's log as several producers wrote it, with or without transactions, of which each knows how it ended.</summary>
internal sealed class TransactionLog
{
    private readonly List<Entry> _entries = [];
    private readonly List<(long ProducerId, long First, long Marker)> _aborted = [];

    private TransactionLog()
    {
    }

    private enum Step
    {
        Plain,
        Idempotent,
        Transactional,
        Commit,
        Abort,
        Hole,
    }

    /// <summary>A log of up to 60 batches by four producers, two of them with transactions of which some stay open; batches may be compacted away.</summary>
    public static Gen<TransactionLog> Any { get; } =
        Gen.Select(Gen.Enum<Step>(), Gen.Long[1, 3], Gen.Int[1, 4]).Array[1, 60].Select(Build);

    /// <summary>Below it every transaction is decided.</summary>
    public long LastStableOffset { get; private set; }

    /// <summary>The offsets in [from, to) that a consumer sees, read committed.</summary>
    public IEnumerable<long> Committed(long from, long to) =>
        _entries.Where(e => !e.IsControl && !e.IsAborted).SelectMany(e => e.Offsets).Where(offset => offset >= from && offset < to);

    /// <summary>The batches that hold offsets from a position on and end at <paramref name="end"/> or before it.</summary>
    public byte[] Bytes(long position, long end) => [.. _entries.Where(e => e.Next > position && e.Next <= end).SelectMany(e => e.Bytes)];

    /// <summary>
    /// Answers as a broker does: some whole batches from the one that holds the position, a piece of the next, nothing above the last stable
    /// offset, and the aborted transactions that overlap what it looked at, which may be more than it sends.
    /// </summary>
    public (byte[] Records, IReadOnlyList<AbortedTransaction> Aborted) Answer(long position, int batches, int piece, int looksFurther)
    {
        var wanted = _entries.Where(e => e.Next > position && e.Base < LastStableOffset).ToList();
        var whole = wanted.Take(batches).ToList();
        var next = wanted.Skip(batches).FirstOrDefault();
        byte[] records = [.. whole.SelectMany(e => e.Bytes), .. next is null ? [] : next.Bytes.AsSpan(0, Math.Min(piece, next.Bytes.Length - 1))];
        var upper = whole.Count == 0 ? position : wanted.Take(batches + looksFurther).Last().Next;
        return (records, [.. _aborted.Where(a => a.Marker >= position && a.First < upper).Select(a => new AbortedTransaction { ProducerId = a.ProducerId, FirstOffset = a.First })]);
    }

    public override string ToString() => $"stable to {LastStableOffset}: {string.Join(' ', _entries)}";

    private static TransactionLog Build((Step Step, long ProducerId, int Count)[] steps)
    {
        var log = new TransactionLog();
        var open = new Dictionary<long, (long First, List<Entry> Batches)>();
        long end = 0;
        foreach (var (step, producerId, count) in steps)
        {
            switch (step)
            {
                case Step.Plain:
                    Add(Some.Batch(end, count), count);
                    break;
                case Step.Idempotent when !open.ContainsKey(producerId):
                    Add(Some.Batch(end, count, producerId: producerId), count);
                    break;
                case Step.Transactional or Step.Idempotent:
                    if (!open.TryGetValue(producerId, out var transaction))
                        open[producerId] = transaction = (end, []);
                    transaction.Batches.Add(Add(Some.Batch(end, count, attributes: BatchAttributes.Transactional, producerId: producerId), count));
                    break;
                case Step.Commit or Step.Abort:
                    var aborts = step == Step.Abort;
                    if (!open.Remove(producerId, out var ended))
                    {
                        if (!aborts)
                            break;
                        ended = (end, []); // a marker without data
                    }

                    foreach (var batch in ended.Batches)
                        batch.IsAborted = aborts;
                    if (aborts)
                        log._aborted.Add((producerId, ended.First, end));
                    Add(Some.Marker(end, producerId, !aborts), 1).IsControl = true;
                    break;
                case Step.Hole:
                    end += count;
                    break;
            }
        }

        log.LastStableOffset = open.Count == 0 ? end : open.Values.Min(t => t.First);
        return log;

        Entry Add(byte[] bytes, int count)
        {
            log._entries.Add(new Entry(end, end + count, bytes));
            end += count;
            return log._entries[^1];
        }
    }

    private sealed record Entry(long Base, long Next, byte[] Bytes)
    {
        public bool IsControl { get; set; }

        public bool IsAborted { get; set; }

        public IEnumerable<long> Offsets => Enumerable.Range(0, (int)(Next - Base)).Select(i => Base + i);

        public override string ToString() => $"{Base}-{Next - 1}{(IsControl ? "!" : IsAborted ? "x" : "")}";
    }
}
