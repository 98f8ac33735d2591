namespace KafkaBackup.Durable.Runtime;

/// <summary>Calls instances, again where they are being loaded again.</summary>
internal sealed class GrainCalls(IGrainFactory grains)
{
    private const int Attempts = 8;

    public Task CallAsync(string instanceId, Func<IOrchestrationGrain, Task> call, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return Patiently.DoAsync(
            async () =>
            {
                await call(grains.GetGrain<IOrchestrationGrain>(instanceId)).WaitAsync(cancellation).ConfigureAwait(false);
                return true;
            },
            (failure, failures) => failure is not InstanceReloadingException || failures >= Attempts,
            cancellation);
    }
}
