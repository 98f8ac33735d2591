using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>What one answer brings: which batches are taken, where it goes on, what of it was aborted.</summary>
public sealed class ResponseScanTests
{
    [Fact]
    public void Whole_batches_are_taken_and_the_position_stands_after_them()
    {
        byte[] log = [.. Some.Batch(0, 5), .. Some.Batch(5, 2)];
        var scan = ResponseScan.Of(log, [], 0, 100);
        Assert.Equal(log, scan.Accepted.ToArray());
        Assert.Equal((7, null), (scan.Next, scan.End));
        Assert.Empty(scan.Aborted);
    }

    [Fact]
    public void A_tail_that_is_cut_off_is_left_for_the_next_answer()
    {
        var (first, second) = (Some.Batch(0, 5), Some.Batch(5, 5));
        for (var there = 0; there < second.Length; there++)
        {
            var scan = ResponseScan.Of(new byte[][] { first, second[..there] }.SelectMany(b => b).ToArray(), [], 0, 100);
            Assert.Equal((5, null, first.Length), (scan.Next, scan.End, scan.Accepted.Length));
        }
    }

    [Fact]
    public void An_answer_that_holds_no_whole_batch_moves_nothing()
    {
        var scan = ResponseScan.Of(Some.Batch(3, 5).AsMemory(0, 70), [new AbortedTransaction { ProducerId = 1, FirstOffset = 0 }], 3, 100);
        Assert.Equal((3, null, 0), (scan.Next, scan.End, scan.Accepted.Length));
        Assert.Empty(scan.Aborted);
    }

    [Fact]
    public void A_batch_that_ends_below_the_position_is_passed_over()
    {
        byte[] below = Some.Batch(0, 5), wanted = Some.Batch(5, 5);
        var scan = ResponseScan.Of((byte[])[.. below, .. wanted], [], 5, 100);
        Assert.Equal(wanted, scan.Accepted.ToArray());
        Assert.Equal(10, scan.Next);
    }

    [Fact]
    public void A_batch_that_holds_the_position_is_taken_whole()
    {
        var batch = Some.Batch(0, 5);
        var scan = ResponseScan.Of(batch, [], 3, 100);
        Assert.Equal(batch, scan.Accepted.ToArray());
        Assert.Equal(5, scan.Next);
    }

    [Fact]
    public void The_position_after_a_batch_whose_tail_was_compacted_away_is_after_its_last_offset()
    {
        var batch = Some.Batch(0, [new Protocol.Records.Record(0, 1, null, null, [])], lastOffsetDelta: 9);
        Assert.Equal(10, ResponseScan.Of(batch, [], 0, 100).Next);
    }

    [Fact]
    public void A_batch_that_ends_at_the_cut_is_taken_and_ends_the_range()
    {
        var scan = ResponseScan.Of((byte[])[.. Some.Batch(0, 5), .. Some.Batch(5, 5)], [], 0, 10);
        Assert.Equal((10, 10), (scan.Next, scan.End));
    }

    [Fact]
    public void A_batch_that_straddles_the_cut_is_left_whole_and_the_range_ends_at_its_base()
    {
        var first = Some.Batch(0, 5);
        var scan = ResponseScan.Of((byte[])[.. first, .. Some.Batch(5, 5)], [], 0, 7);
        Assert.Equal(first, scan.Accepted.ToArray());
        Assert.Equal((5, 5), (scan.Next, scan.End));
    }

    [Fact]
    public void A_straddling_batch_that_also_holds_the_position_ends_the_range_there()
    {
        var scan = ResponseScan.Of(Some.Batch(0, 5), [], 2, 4);
        Assert.Equal((0, 2, 2), (scan.Accepted.Length, scan.Next, scan.End));
    }

    [Fact]
    public void A_hole_up_to_the_cut_and_beyond_ends_the_range_at_the_cut()
    {
        var scan = ResponseScan.Of((byte[])[.. Some.Batch(0, 5), .. Some.Batch(20, 5)], [], 0, 10);
        Assert.Equal((5, 10), (scan.Next, scan.End));
    }

    [Fact]
    public void A_batch_that_begins_at_the_cut_ends_the_range_at_the_cut()
    {
        var scan = ResponseScan.Of(Some.Batch(10, 5), [], 7, 10);
        Assert.Equal((7, 10, 0), (scan.Next, scan.End, scan.Accepted.Length));
    }

    [Fact]
    public void A_wrong_checksum_is_refused_wherever_the_batch_lies()
    {
        foreach (var position in new[] { 21, 30, 61, 69 })
        {
            var damaged = Some.Batch(5, 5);
            damaged[position] ^= 1;
            Assert.Throws<InvalidBatchException>(() => ResponseScan.Of(damaged, [], 5, 100));
            Assert.Equal((5L, null), ResponseScan.Of((byte[])[.. Some.Batch(0, 5), .. damaged], [], 0, 100) is var scan ? (scan.Next, scan.End) : default);
        }
    }

    [Fact]
    public void A_batch_ends_the_range_only_if_its_checksum_is_right()
    {
        var damaged = Some.Batch(5, 5);
        damaged[25] = 0x70; // of its last offset delta: it seems to reach over the cut
        Assert.Throws<InvalidBatchException>(() => ResponseScan.Of(damaged, [], 5, 100));
        Assert.Null(ResponseScan.Of((byte[])[.. Some.Batch(0, 5), .. damaged], [], 0, 100).End);
    }

    [Fact]
    public void The_checksum_of_a_batch_that_is_passed_over_does_not_matter()
    {
        var below = Some.Batch(0, 5);
        below[^1] ^= 1;
        Assert.Equal(10, ResponseScan.Of((byte[])[.. below, .. Some.Batch(5, 5)], [], 5, 100).Next);
    }

    [Theory]
    [InlineData(0)] // again
    [InlineData(3)] // overlapping
    [InlineData(2)]
    public void Batches_that_do_not_ascend_are_refused(long baseOffset)
    {
        byte[] log = [.. Some.Batch(0, 5), .. Some.Batch(baseOffset, 3), .. Some.Batch(6, 5)];
        Assert.Throws<InvalidBatchException>(() => ResponseScan.Of(log, [], 0, 100));
    }

    [Theory]
    [InlineData(1, "CRC-32 ")] // read as an old format, its checksum is another one
    [InlineData(3, "magic 3")]
    public void A_batch_whose_magic_is_bent_is_refused(byte magic, string named)
    {
        var bent = Some.Batch(0, 5);
        bent[16] = magic;
        Assert.Contains(named, Assert.Throws<InvalidBatchException>(() => ResponseScan.Of(bent, [], 0, 100)).Message);
    }

    [Theory]
    [InlineData(-1)] // its last byte
    [InlineData(16)] // its magic
    public void Whole_batches_before_a_damaged_one_are_taken_and_that_one_is_asked_for_again(int at)
    {
        var damaged = Some.Batch(5, 5);
        damaged[at < 0 ? damaged.Length - 1 : at] ^= 0x40;
        var scan = ResponseScan.Of((byte[])[.. Some.Batch(0, 5), .. damaged, .. Some.Batch(10, 5)], [], 0, 100);
        Assert.Equal(Some.Batch(0, 5), scan.Accepted.ToArray());
        Assert.Equal((5L, null), (scan.Next, scan.End));
        Assert.Throws<InvalidBatchException>(() => ResponseScan.Of(damaged, [], 5, 100));
    }

    [Fact]
    public void An_aborted_transaction_whose_marker_is_there_ends_at_it()
    {
        byte[] log = [.. Transactional(0, 3, 7), .. Some.Marker(3, 7, commit: false), .. Transactional(4, 2, 7)];
        Assert.Equal([new AbortedRange(7, 0, 3)], ResponseScan.Of(log, [Aborted(7, 0)], 0, 100).Aborted);
    }

    [Fact]
    public void An_aborted_transaction_whose_marker_is_not_there_ends_where_the_answer_does()
    {
        byte[] log = [.. Transactional(0, 3, 7), .. Transactional(3, 2, 7)];
        Assert.Equal([new AbortedRange(7, 0, 4)], ResponseScan.Of(log, [Aborted(7, 0)], 0, 100).Aborted);
    }

    [Fact]
    public void A_marker_above_the_cut_does_not_count()
    {
        byte[] log = [.. Transactional(0, 3, 7), .. Some.Marker(3, 7, commit: false)];
        Assert.Equal([new AbortedRange(7, 0, 2)], ResponseScan.Of(log, [Aborted(7, 0)], 0, 3).Aborted);
    }

    [Fact]
    public void A_later_answer_that_names_the_pair_again_covers_what_it_brings()
    {
        byte[] later = [.. Transactional(3, 2, 7), .. Some.Marker(5, 7, commit: false)];
        Assert.Equal([new AbortedRange(7, 3, 5)], ResponseScan.Of(later, [Aborted(7, 0)], 3, 100).Aborted);
    }

    [Fact]
    public void A_range_begins_with_the_batch_that_holds_the_position()
    {
        byte[] log = [.. Transactional(0, 5, 7), .. Some.Marker(5, 7, commit: false)];
        Assert.Equal([new AbortedRange(7, 0, 5)], ResponseScan.Of(log, [Aborted(7, 0)], 2, 100).Aborted);
    }

    [Fact]
    public void Several_aborted_transactions_of_one_producer_each_end_at_their_own_marker_and_spare_what_was_committed_between()
    {
        byte[] log =
        [
            .. Transactional(0, 2, 7), .. Some.Marker(2, 7, commit: false),
            .. Transactional(3, 2, 7), .. Some.Marker(5, 7, commit: true),
            .. Transactional(6, 2, 7), .. Some.Marker(8, 7, commit: false),
        ];
        Assert.Equal(
            [new AbortedRange(7, 0, 2), new AbortedRange(7, 6, 8)],
            ResponseScan.Of(log, [Aborted(7, 0), Aborted(7, 6)], 0, 100).Aborted);
    }

    [Fact]
    public void Markers_of_other_producers_end_nothing()
    {
        byte[] log = [.. Transactional(0, 2, 7), .. Transactional(2, 1, 8), .. Some.Marker(3, 8, commit: true), .. Some.Marker(4, 7, commit: false)];
        Assert.Equal([new AbortedRange(7, 0, 4)], ResponseScan.Of(log, [Aborted(7, 0)], 0, 100).Aborted);
    }

    [Fact]
    public void A_transaction_that_begins_above_what_is_taken_is_left_to_the_answer_that_brings_it()
    {
        byte[] log = [.. Some.Batch(0, 5), .. Transactional(5, 5, 7)];
        Assert.Empty(ResponseScan.Of(log, [Aborted(7, 5)], 0, 7).Aborted);
    }

    [Fact]
    public void An_abort_marker_without_data_covers_nothing_but_itself()
    {
        byte[] log = [.. Transactional(0, 2, 7), .. Some.Marker(2, 7, commit: true), .. Some.Marker(3, 7, commit: false), .. Transactional(4, 2, 7)];
        Assert.Equal([new AbortedRange(7, 3, 3)], ResponseScan.Of(log, [Aborted(7, 3)], 0, 100).Aborted);
    }

    private static byte[] Transactional(long baseOffset, int count, long producerId) =>
        Some.Batch(baseOffset, count, attributes: BatchAttributes.Transactional, producerId: producerId);

    private static AbortedTransaction Aborted(long producerId, long first) => new() { ProducerId = producerId, FirstOffset = first };
}
