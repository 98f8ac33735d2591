namespace KafkaBackup.Storage.S3;

/// <summary>Finds something out when it is first needed, once; after a failure it is tried again by the next who needs it.</summary>
internal sealed class Once<T>(Func<CancellationToken, Task<T>> find)
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private Task<T>? found;

    /// <summary>Whether it is known.</summary>
    public bool IsKnown => found is not null;

    public async ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        if (found is { } known)
            return await known;
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (found is null)
            {
                var value = await find(cancellationToken);
                found = Task.FromResult(value);
            }

            return await found;
        }
        finally
        {
            gate.Release();
        }
    }
}
