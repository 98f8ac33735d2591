namespace KafkaBackup.Durable;

/// <summary>The results of a query, fetched page by page as they are enumerated.</summary>
/// <param name="fetch">Fetches the page for a continuation token and a page size (<see langword="null"/>: the query's own).</param>
public sealed class AsyncPageable<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> fetch) : IAsyncEnumerable<T>
    where T : notnull
{
    /// <summary>The pages themselves.</summary>
    /// <param name="continuationToken">Where an earlier page ended.</param>
    /// <param name="pageSizeHint">Results per page.</param>
    public IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null) => Pages(continuationToken, pageSizeHint);

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var page in Pages(null, null).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var value in page.Values)
                yield return value;
        }
    }

    private async IAsyncEnumerable<Page<T>> Pages(
        string? token, int? size, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        do
        {
            var page = await fetch(token, size, cancellation).ConfigureAwait(false);
            yield return page;
            token = page.ContinuationToken;
        }
        while (token is not null);
    }
}
