using KafkaBackup.Durable;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Support;

/// <summary>An attempt at an activity, without an orchestration.</summary>
/// <param name="attempt">Which, from 1.</param>
/// <param name="told">Told of its progress; null where nobody listens.</param>
internal sealed class Attempted(int attempt, Action<object>? told = null) : TaskActivityContext
{
    public override TaskName Name => "activity";

    public override string InstanceId => "i";

    public override int Attempt => attempt;

    public override CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public override void ReportProgress(object progress) => told?.Invoke(progress);
}
