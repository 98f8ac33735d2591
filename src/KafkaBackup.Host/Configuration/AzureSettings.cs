namespace KafkaBackup.Host.Configuration;

/// <summary>How a storage account is reached: one of the three is given.</summary>
public sealed class AzureSettings
{
    /// <summary>The account's connection string. A secret. Default for the section's own: the variable AZURE_STORAGE_CONNECTION_STRING.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The URL of the account or the container with a shared access signature. A secret.</summary>
    public string? SasUrl { get; set; }

    /// <summary>The URL of the account, used with the identity that Azure.Identity's DefaultAzureCredential finds.</summary>
    public string? AccountUrl { get; set; }
}
