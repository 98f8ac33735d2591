using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>What can't come to its end by itself, however long one looks; what could would have done so in this time.</summary>
internal static class StandsStill
{
    public static readonly TimeSpan Looked = TimeSpan.FromMilliseconds(200);

    public static async Task AssertAsync(Task task) => Assert.NotSame(task, await Task.WhenAny(task, Task.Delay(Looked)));
}
