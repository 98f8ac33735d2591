using CsCheck;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>However a log is split into answers and wherever it is cut: the same bytes, the same aborted data.</summary>
public sealed class TransactionLogTests
{
    private static readonly Gen<(int Batches, int Piece, int LooksFurther)[]> AnySplit =
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 80], Gen.Int[0, 8]).Array[1, 10];

    [Fact]
    public void Any_split_and_any_cut_of_a_log_drops_exactly_the_aborted_data() =>
        Gen.Select(TransactionLog.Any, AnySplit, Gen.Double[0, 1], Gen.Double[0, 1]).Sample((log, split, where, whence) =>
        {
            var cut = (long)(where * log.LastStableOffset);
            var from = (long)(whence * cut);
            var (bytes, ranges, end) = Read(log, from, cut, split);
            Assert.InRange(end, from, cut);
            Assert.Equal(log.Bytes(from, end), bytes);
            Assert.Equal(log.Committed(from, end), Visible(bytes, ranges, from, end));

            // What is left for the next epoch is at most one batch that reaches over the cut.
            Assert.Equal(log.Bytes(from, cut), bytes);
        }, iter: 5_000);

    [Fact]
    public void Any_split_gives_the_same_aborted_offsets_as_one_answer() =>
        Gen.Select(TransactionLog.Any, AnySplit, Gen.Double[0, 1]).Sample((log, split, where) =>
        {
            var cut = (long)(where * log.LastStableOffset);
            var whole = Read(log, 0, cut, [(1000, 0, 0)]);
            var pieces = Read(log, 0, cut, split);
            Assert.Equal(whole.End, pieces.End);
            Assert.Equal(Offsets(whole.Ranges), Offsets(pieces.Ranges));
        }, iter: 3_000);

    [Fact]
    public void An_epoch_after_an_epoch_misses_nothing_and_repeats_nothing() =>
        Gen.Select(TransactionLog.Any, AnySplit, Gen.Double[0, 1]).Sample((log, split, where) =>
        {
            var first = Read(log, 0, (long)(where * log.LastStableOffset), split);
            var second = Read(log, first.End, log.LastStableOffset, split);
            Assert.Equal(
                log.Committed(0, second.End),
                Visible(first.Bytes, first.Ranges, 0, first.End).Concat(Visible(second.Bytes, second.Ranges, first.End, second.End)));
            Assert.Equal(log.LastStableOffset, second.End);
        }, iter: 3_000);

    private static (byte[] Bytes, List<AbortedRange> Ranges, long End) Read(TransactionLog log, long from, long cut, (int Batches, int Piece, int LooksFurther)[] split)
    {
        var fetch = new PartitionFetch(new FetchAssignment(default, from, cut, null!), new Patience(ClusterOptions.For("x:1"), TimeProvider.System));
        var bytes = new List<byte>();
        var ranges = new List<AbortedRange>();
        var isStarved = false;
        for (var i = 0; fetch.End is null; i++)
        {
            Assert.InRange(i, 0, 1_000);
            var (batches, piece, looksFurther) = split[i % split.Length];
            // As a broker does, it sends at least one batch whole to whom it sent none before.
            var (records, aborted) = log.Answer(fetch.Position, isStarved ? Math.Max(1, batches) : batches, piece, looksFurther);
            if (records.Length == 0)
            {
                if (isStarved)
                    fetch.MeetNothing(log.LastStableOffset);
                isStarved = true;
                continue;
            }

            var scan = ResponseScan.Of(records, aborted, fetch.Position, cut);
            fetch.Advance(scan);
            isStarved = scan.Accepted.IsEmpty;
            bytes.AddRange(scan.Accepted.ToArray());
            ranges.AddRange(scan.Aborted);
        }

        return ([.. bytes], ranges, fetch.Result.To);
    }

    private static IEnumerable<long> Visible(byte[] bytes, IReadOnlyList<AbortedRange> ranges, long from, long end) =>
        Some.Batches(bytes)
            .Where(batch => new SourceBatch(batch, from, end, ranges).HoldsRecords())
            .SelectMany(batch => Enumerable.Range(0, batch.Header.RecordCount).Select(i => batch.Header.BaseOffset + i))
            .Where(offset => offset >= from && offset < end);

    private static IEnumerable<(long ProducerId, long Offset)> Offsets(IEnumerable<AbortedRange> ranges) =>
        ranges.SelectMany(r => Enumerable.Range(0, (int)(r.Last - r.First + 1)).Select(i => (r.ProducerId, r.First + i))).Distinct().Order();
}
