//! The regions of AWS's standard partition and where they are.
//! Whether an account has one enabled is asked of STS there (`account`): no right is needed for that.
//! Source: AWS Regions and Availability Zones, "AWS Regions" (2026).

/// Code, place, and whether an account must opt in before it can be used.
pub const REGIONS: &[(&str, &str, bool)] = &[
    ("us-east-1", "N. Virginia", false),
    ("us-east-2", "Ohio", false),
    ("us-west-1", "N. California", false),
    ("us-west-2", "Oregon", false),
    ("af-south-1", "Cape Town", true),
    ("ap-east-1", "Hong Kong", true),
    ("ap-northeast-1", "Tokyo", false),
    ("ap-northeast-2", "Seoul", false),
    ("ap-northeast-3", "Osaka", false),
    ("ap-south-1", "Mumbai", false),
    ("ap-south-2", "Hyderabad", true),
    ("ap-southeast-1", "Singapore", false),
    ("ap-southeast-2", "Sydney", false),
    ("ap-southeast-3", "Jakarta", true),
    ("ap-southeast-4", "Melbourne", true),
    ("ca-central-1", "Montreal", false),
    ("ca-west-1", "Calgary", true),
    ("eu-central-1", "Frankfurt", false),
    ("eu-central-2", "Zurich", true),
    ("eu-north-1", "Stockholm", false),
    ("eu-south-1", "Milan", true),
    ("eu-south-2", "Spain", true),
    ("eu-west-1", "Ireland", false),
    ("eu-west-2", "London", false),
    ("eu-west-3", "Paris", false),
    ("il-central-1", "Tel Aviv", true),
    ("me-central-1", "UAE", true),
    ("me-south-1", "Bahrain", true),
    ("sa-east-1", "São Paulo", false),
];

/// Whether accounts have this region only after opting in.
pub fn needs_opt_in(code: &str) -> bool {
    REGIONS.iter().any(|(region, _, opt_in)| *region == code && *opt_in)
}
