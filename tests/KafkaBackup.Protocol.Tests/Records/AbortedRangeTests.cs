using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Records;

/// <summary>Which batches an aborted range takes with it.</summary>
public sealed class AbortedRangeTests
{
    private static readonly AbortedRange Range = new(7, 10, 19);

    [Theory]
    [InlineData(10, 5, true)]
    [InlineData(19, 1, true)]
    [InlineData(5, 6, true)] // its last offset is the range's first
    [InlineData(18, 9, true)] // the range's end lies in it
    [InlineData(5, 5, false)]
    [InlineData(20, 1, false)]
    public void A_transactional_batch_of_the_producer_is_covered_where_it_touches_the_range(long baseOffset, int count, bool covered) =>
        Assert.Equal(covered, Range.Covers(Batch(baseOffset, count)));

    [Fact]
    public void What_is_not_of_the_transaction_is_not_covered()
    {
        Assert.False(Range.Covers(Batch(10, 5) with { ProducerId = 8 }));
        Assert.False(Range.Covers(Batch(10, 5) with { Attributes = BatchAttributes.None }));
        Assert.False(Range.Covers(Batch(10, 1) with { Attributes = BatchAttributes.Transactional | BatchAttributes.Control }));
    }

    private static BatchHeader Batch(long baseOffset, int count) => Some.Template with
    {
        BaseOffset = baseOffset,
        LastOffsetDelta = count - 1,
        RecordCount = count,
        ProducerId = 7,
        Attributes = BatchAttributes.Transactional,
    };
}
