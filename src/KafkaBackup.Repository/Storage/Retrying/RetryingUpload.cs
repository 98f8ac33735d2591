namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>An upload whose calls are made again. The port allows it: a call that failed transiently takes the same bytes once more.</summary>
internal sealed class RetryingUpload(IObjectUpload inner, TransientRetry retry) : IObjectUpload
{
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) => await retry.RunAsync(
        async token =>
        {
            await inner.WriteAsync(bytes, token);
            return true;
        },
        cancellationToken);

    public Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default) =>
        retry.RunAsync(token => new ValueTask<CreateOutcome>(inner.CommitAsync(token)), cancellationToken).AsTask();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
