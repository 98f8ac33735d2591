using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Fetching;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Fetching;

/// <summary>What a lane concludes from answers that bring nothing, and from offsets that are gone.</summary>
public sealed class PartitionFetchTests
{
    [Fact]
    public void Nothing_is_fetched_where_the_range_is_empty()
    {
        Assert.Equal(5, Fetch(5, 5).End);
        Assert.Equal(7, Fetch(7, 5).Result.To);
        Assert.Null(Fetch(4, 5).End);
    }

    [Fact]
    public void One_answer_without_data_is_neither_the_end_nor_an_error()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(wasFirst: true, 10);
        Assert.Null(fetch.End);
        Assert.True(fetch.IsStarved);
    }

    [Fact]
    public void Nothing_twice_for_whom_was_asked_first_ends_at_the_cut()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(wasFirst: true, 10);
        fetch.MeetNothing(wasFirst: true, 10);
        Assert.Equal(10, fetch.End);
    }

    [Fact]
    public void Nothing_proves_nothing_for_whom_was_not_asked_first_or_while_the_log_is_not_stable_up_to_the_cut()
    {
        var fetch = Fetch(0, 10);
        for (var i = 0; i < 10; i++)
        {
            fetch.MeetNothing(wasFirst: false, 10);
            fetch.MeetNothing(wasFirst: true, 9);
        }

        Assert.Null(fetch.End);
    }

    [Fact]
    public void Data_in_between_begins_the_count_anew()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(wasFirst: true, 10);
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 10));
        Assert.False(fetch.IsStarved);
        Assert.Equal(5, fetch.Position);
        fetch.MeetNothing(wasFirst: true, 10);
        Assert.Null(fetch.End);
    }

    [Fact]
    public void A_piece_of_a_batch_leaves_the_partition_starved_and_does_not_begin_the_count_anew()
    {
        var fetch = Fetch(0, 10);
        fetch.MeetNothing(wasFirst: true, 10);
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5).AsMemory(0, 65), [], 0, 10));
        Assert.True(fetch.IsStarved);
        fetch.MeetNothing(wasFirst: true, 10);
        Assert.Equal(10, fetch.End);
    }

    [Fact]
    public void What_retention_took_is_a_gap_and_reading_goes_on_behind_it()
    {
        var fetch = Fetch(3, 10);
        fetch.SkipTo(7);
        Assert.Equal((7, null), (fetch.Position, fetch.End));
        fetch.Advance(ResponseScan.Of(Some.Batch(7, 3), [], 7, 10));
        Assert.Equal(10, fetch.Result.To);
        Assert.Equal([new OffsetGap(3, 7)], fetch.Result.Gaps);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    public void A_gap_ends_at_the_cut_and_so_does_the_range(long logStart)
    {
        var fetch = Fetch(3, 10);
        fetch.SkipTo(logStart);
        Assert.Equal(10, fetch.Result.To);
        Assert.Equal([new OffsetGap(3, 10)], fetch.Result.Gaps);
    }

    [Fact]
    public void Damage_is_worth_two_more_looks_unless_something_checked_in_between()
    {
        var fetch = Fetch(0, 100);
        Assert.True(fetch.ToleratesCorruption());
        Assert.True(fetch.ToleratesCorruption());
        fetch.Advance(ResponseScan.Of(Some.Batch(0, 5), [], 0, 100));
        Assert.True(fetch.ToleratesCorruption());
        Assert.True(fetch.ToleratesCorruption());
        Assert.False(fetch.ToleratesCorruption());
    }

    [Fact]
    public void A_range_that_is_not_read_to_its_end_has_no_result() =>
        Assert.Throws<InvalidOperationException>(() => Fetch(0, 10).Result);

    private static PartitionFetch Fetch(long from, long cut) => new(new FetchAssignment(new TopicPartition("t", 0), from, cut, null!));
}
