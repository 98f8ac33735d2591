using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Primitives;

/// <summary>The table of error codes.</summary>
public sealed class ErrorCodesTests
{
    /// <summary>Codes that Kafka's own clients retry, as the protocol guide lists them.</summary>
    private static readonly int[] Retriable =
        [2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100, 103, 106];

    /// <summary>Codes that tell Kafka's own clients to ask for the leaders anew, by the same guide.</summary>
    private static readonly int[] Stale = [3, 5, 6, 9, 13, 56, 72, 74, 80, 83, 84, 100, 103];

    [Fact]
    public void Every_code_has_its_rule_and_none_has_two() =>
        Assert.Equal(Enum.GetValues<ErrorCode>().Where(c => c != ErrorCode.None).Order(), ErrorCodes.Rules.Keys.Order());

    [Fact]
    public void What_the_protocol_guide_calls_retriable_is_retried_and_nothing_else() =>
        // 108 comes with the leader's address, and no client of its versions reads that here: it is asked for.
        Assert.Equal(Retriable.Append(108), ErrorCodes.Rules.Keys.Where(c => c.IsRetriable()).Select(c => (int)c).Order());

    [Fact]
    public void What_the_protocol_guide_calls_stale_metadata_asks_for_the_leader() =>
        // 75 says that a broker has not heard yet what we have: the leader may have moved once more meanwhile.
        Assert.Equal(Stale.Concat([75, 108]).Order(), ErrorCodes.Rules.Keys.Where(c => c.IsStaleMetadata()).Select(c => (int)c).Order());

    [Theory]
    [InlineData(ErrorCode.NotCoordinator, ErrorRemedy.FindCoordinator)]
    [InlineData(ErrorCode.NotController, ErrorRemedy.FindController)]
    [InlineData(ErrorCode.OffsetOutOfRange, ErrorRemedy.CheckPosition)]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber, ErrorRemedy.ReadEnd)]
    [InlineData(ErrorCode.DuplicateSequenceNumber, ErrorRemedy.ReadEnd)]
    [InlineData(ErrorCode.UnknownProducerId, ErrorRemedy.NewProducerId)]
    [InlineData(ErrorCode.TopicAuthorizationFailed, ErrorRemedy.GiveUp)]
    [InlineData(ErrorCode.SaslAuthenticationFailed, ErrorRemedy.GiveUp)]
    [InlineData((ErrorCode)999, ErrorRemedy.GiveUp)] // of a newer broker
    public void Each_code_says_what_to_do(ErrorCode code, ErrorRemedy remedy) => Assert.Equal(remedy, code.Rule().Remedy);
}
